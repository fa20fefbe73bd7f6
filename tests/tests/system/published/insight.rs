//! What watches a cluster, as its project publishes it: rights, an API of its own that nobody answers, limits, and a
//! megabyte of dashboards.

use std::fmt::Write as _;

/// Together they are a megabyte; each may have as much.
const DASHBOARDS: usize = 8;
const PANELS: usize = 600;

/// Maps in a list, as generators print many objects of a kind.
pub fn dashboards() -> String {
    let mut text = "apiVersion: v1\nkind: ConfigMapList\nitems:\n".to_owned();
    for number in 0..DASHBOARDS {
        write!(text, "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: dashboard-{number}, namespace: insight}}\n  data:\n    dashboard.json: |-\n")
            .unwrap();
        for panel in 0..PANELS {
            writeln!(text, "      {}", PANEL.replace("PANEL", &panel.to_string())).unwrap();
        }
    }
    text
}

/// A single object about as large as the API server takes.
pub fn model() -> String {
    let line =
        "    0123456789 weights of a model, a line of which is as good as the next one ${not.for.us}\n";
    let lines = line.repeat(1_000_000 / line.len());
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: model, namespace: insight}}\ndata:\n  model: |\n{lines}"
    )
}

const PANEL: &str = r#"{"id": PANEL, "type": "timeseries", "title": "Requests of {{instance}}", "datasource": {"uid": "$datasource"}, "targets": [{"expr": "rate(requests_total{panel=\"PANEL\"}[$__rate_interval])"}]},"#;

pub const NAMESPACE: &str = "apiVersion: v1
kind: Namespace
metadata: {name: insight, labels: {pod-security.kubernetes.io/warn: privileged}}
";

/// The rules of the aggregated role are filled in by the cluster; those that are written here stand for that.
pub const RIGHTS: &str = r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: insight, labels: {part-of: insight}}
aggregationRule:
  clusterRoleSelectors:
  - matchLabels: {insight.example.org/aggregate: "true"}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: insight:gadgets
  labels: {part-of: insight, insight.example.org/aggregate: "true", rbac.authorization.k8s.io/aggregate-to-view: "true"}
rules:
- apiGroups: [insight.example.org]
  resources: [gadgets]
  verbs: [get, list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: insight, labels: {part-of: insight}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: insight}
subjects:
- {kind: ServiceAccount, name: insight, namespace: insight}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: insight-reads-authentication, namespace: kube-system, labels: {part-of: insight}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: extension-apiserver-authentication-reader}
subjects:
- {kind: ServiceAccount, name: insight, namespace: insight}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: insight, namespace: insight}
automountServiceAccountToken: false
"#;

/// Its service has no pods.
pub const API: &str = "apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.measured.example.org, labels: {part-of: insight}}
spec:
  group: measured.example.org
  groupPriorityMinimum: 100
  insecureSkipTLSVerify: true
  service: {name: measured, namespace: insight}
  version: v1beta1
  versionPriority: 100
---
apiVersion: v1
kind: Service
metadata: {name: measured, namespace: insight}
spec:
  ports: [{name: https, port: 443, targetPort: 6443}]
  selector: {app: nobody}
";

pub const LIMITS: &str = r#"apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: watcher, namespace: insight}
spec:
  podSelector: {matchLabels: {app: watcher}}
  policyTypes: [Egress, Ingress]
  egress: [{}]
  ingress:
  - from: [{podSelector: {matchLabels: {app: measured}}}]
    ports: [{port: 9090, protocol: TCP}, {port: web}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: watcher, namespace: insight}
spec:
  minAvailable: 50%
  selector: {matchLabels: {app: watcher}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: watcher, namespace: insight}
spec:
  replicas: 2
  serviceName: watcher
  selector: {matchLabels: {app: watcher}}
  template:
    metadata: {labels: {app: watcher}}
    spec:
      serviceAccountName: insight
      containers:
      - name: watcher
        image: example.org/watcher:v3
        ports: [{name: web, containerPort: 9090}]
        resources: {requests: {cpu: 0.1, memory: 1024Mi}, limits: {cpu: 1000m}}
        volumeMounts: [{name: credentials, mountPath: /etc/credentials, readOnly: true}]
      volumes:
      - {name: credentials, secret: {secretName: credentials}}
---
apiVersion: v1
kind: Service
metadata: {name: watcher, namespace: insight}
spec:
  clusterIP: None
  ports: [{name: web, port: 9090, targetPort: web}]
  selector: {app: watcher}
---
apiVersion: v1
kind: Secret
metadata: {name: credentials, namespace: insight}
type: Opaque
stringData:
  config.yaml: |-
    "users":
    - "watcher"
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: meter, namespace: insight}
spec:
  selector: {matchLabels: {app: meter}}
  template:
    metadata:
      labels: {app: meter}
      creationTimestamp: null
    spec:
      hostNetwork: true
      tolerations: [{operator: Exists}]
      containers:
      - name: meter
        image: example.org/meter:v1
        args: [--listen=127.0.0.1:9100]
        env:
        - {name: IP, valueFrom: {fieldRef: {apiVersion: v1, fieldPath: status.podIP}}}
  updateStrategy: {rollingUpdate: {maxUnavailable: 10%}, type: RollingUpdate}
"#;
