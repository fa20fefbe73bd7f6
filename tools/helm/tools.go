//go:build tools

// Package helm names what ../install builds, so that `go mod tidy` keeps it.
package helm

import (
	_ "helm.sh/helm/v3/cmd/helm"
)
