//! A definition as generators print it: every field of every template that a custom resource may hold, with its
//! documentation, eight hundred kilobytes of them.

use std::fmt::Write as _;

/// Components of a gadget; each has all the fields.
const COMPONENTS: usize = 40;
const FIELDS: usize = 24;

/// The manifest of the definition.
pub fn manifest() -> String {
    let mut text = HEAD.to_owned();
    for component in 0..COMPONENTS {
        write!(text, "              component{component}:\n{COMPONENT}").unwrap();
        for field in 0..FIELDS {
            write!(text, "                  setting{field}:\n{SETTING}").unwrap();
        }
    }
    text + TAIL
}

/// Resources of the kind that it defines.
pub fn gadgets(count: usize) -> String {
    (0..count).map(|number| format!("---\n{}", GADGET.replace("NUMBER", &number.to_string()))).collect()
}

const HEAD: &str = r#"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    generator.example.org/version: v0.1.0
  name: gadgets.insight.example.org
  labels: {part-of: insight}
spec:
  group: insight.example.org
  names: {categories: [insight], kind: Gadget, listKind: GadgetList, plural: gadgets, shortNames: [gad], singular: gadget}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns:
    - {jsonPath: .spec.replicas, name: Replicas, type: integer}
    subresources:
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
      status: {}
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          apiVersion: {type: string}
          kind: {type: string}
          metadata: {type: object}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
          spec:
            type: object
            properties:
              replicas: {type: integer, format: int32, default: 1}
              limit:
                anyOf: [{type: integer}, {type: string}]
                pattern: ^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE])?$
                x-kubernetes-int-or-string: true
              ports:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [port, protocol]
                items:
                  type: object
                  required: [port]
                  properties:
                    port: {type: integer, format: int32}
                    protocol: {type: string, default: TCP}
                    name: {type: string}
              extra: {type: object, x-kubernetes-preserve-unknown-fields: true}
"#;

const COMPONENT: &str = "                type: object
                description: What one of the components is to be like. All of it may be left out.
                properties:
";

const SETTING: &str = r#"                    type: object
                    description: |-
                      What the component does about this. It is taken up at the next start of the component, or sooner where
                      the component can do so without losing what it works on. Until then the former value is in force.

                      If this is empty, it is as if the component had not been named, and what holds for all components
                      holds for this one. If it names something that is not there, the component waits for it.

                      More: what is set here wins over what is set for all, never the other way.
                    properties:
                      names: {type: array, items: {type: string, minLength: 1}, x-kubernetes-list-type: set}
                      value: {type: string, maxLength: 253}
                      optional: {type: boolean}
"#;

const TAIL: &str = "status:
  acceptedNames: {kind: \"\", plural: \"\"}
  conditions: []
  storedVersions: []
";

/// A quantity in another spelling than the server's, a default that is left out, an expression that is not for us.
const GADGET: &str = r#"apiVersion: insight.example.org/v1
kind: Gadget
metadata:
  name: gadget-NUMBER
  namespace: insight
  labels: {part-of: insight}
spec:
  limit: 0.5Gi
  ports:
  - {port: 8080, name: web}
  - {port: 8080, protocol: UDP}
  component3:
    setting1: {names: [b, a], value: "{{ $labels.instance }} ${not.for.us}"}
  extra:
    groups:
    - name: rules
      rules:
      - expr: |
          sum(rate(requests_total{job="shop"}[5m])) by (instance) > 1e3
        for: 15m
"#;
