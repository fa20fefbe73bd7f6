//! A shop of a dozen services in one file.

const SERVICES: [&str; 12] = [
    "accounts", "advice", "cart", "catalog", "checkout", "currency", "front", "ledger", "mail", "payment",
    "search", "shipping",
];

/// The manifest.
pub fn manifest() -> String {
    SERVICES.map(|service| SERVICE.replace("NAME", service)).join("---\n")
}

const SERVICE: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  namespace: shop
  labels: {app: NAME}
spec:
  selector:
    matchLabels:
      app: NAME
  template:
    metadata:
      labels: {app: NAME}
      annotations: {sidecar.example.org/rewrite: "true"}
    spec:
      serviceAccountName: NAME
      terminationGracePeriodSeconds: 5
      securityContext: {fsGroup: 1000, runAsGroup: 1000, runAsNonRoot: true, runAsUser: 1000}
      containers:
      - name: server
        image: example.org/shop/NAME:v0.10.2
        securityContext:
          allowPrivilegeEscalation: false
          capabilities: {drop: [ALL]}
          readOnlyRootFilesystem: true
        ports: [{containerPort: 8080}]
        env:
        - {name: PORT, value: "8080"}
        - {name: DISABLE_PROFILER, value: "1"}
        readinessProbe: {periodSeconds: 5, grpc: {port: 8080}}
        livenessProbe:
          httpGet: {path: /_healthz, port: 8080, httpHeaders: [{name: Cookie, value: "shop_session=x"}]}
        resources: {requests: {cpu: 0.1, memory: 64Mi}, limits: {cpu: "0.2", memory: 128Mi}}
---
apiVersion: v1
kind: Service
metadata: {name: NAME, namespace: shop, labels: {app: NAME}}
spec:
  type: ClusterIP
  selector: {app: NAME}
  ports: [{name: grpc, port: 7000, targetPort: 8080}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: NAME, namespace: shop}
"#;
