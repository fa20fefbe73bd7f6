//! What users declare: regions, locations, placements, transforms, and the Kubernetes objects they place.
//!
//! ```text
//!   YAML / JSON --parse--> Value + lines --validate--> Resource --(wire)--> tables
//! ```
//!
//! Every type here is valid once constructed by [`parse`]; nothing downstream checks again. The crate knows no
//! wire, no clock and no I/O.

mod bucket;
mod bundle;
mod clause;
mod decision;
mod desired;
mod digest;
mod generate_name;
mod health;
pub mod json_path;
mod location;
mod made;
mod manifest;
mod metadata;
pub mod name;
mod object;
pub mod parse;
mod path;
mod placement;
mod progress;
mod quantity;
mod region;
mod release;
mod resource;
mod rollout;
mod scalar;
mod scope;
mod selection;
mod selector;
mod selector_text;
mod span;
mod status;
mod suggest;
mod summary;
pub mod time;
mod transform;
mod validate;
mod violation;

pub use bucket::{UNITS, bucket, unit};
pub use bundle::{Bundle, BundleObject, IgnoredPath, Rendered};
pub use decision::{Decision, DecisionGroup, Problem, Rollout, RolloutStep};
pub use desired::{Desired, DesiredPlacement, Order, Own, Patch};
pub use digest::Digest;
pub use health::{HealthCheck, HealthPhase, HealthRuleSpec};
pub use json_path::{JsonPath, PathError};
pub use location::{Location, LocationSpec, Taint, TaintEffect};
pub use made::{MADE_KINDS, MadeKind};
pub use metadata::{Metadata, ResourceKey};
pub use object::{Object, ObjectKey};
pub use path::{FieldPath, Segment};
pub use placement::{
    Adopt, Clause, Conflict, Deletion, Dependency, DependencyPhase, IgnoreRule, IgnoreWhen, Placement,
    PlacementKey, PlacementSpec,
};
pub use progress::{Progress, ProgressGroup, ProgressState};
pub use quantity::Quantity;
pub use region::{Region, RegionSpec};
pub use release::{NamedTransform, Release, ReleaseObject};
pub use resource::{Resource, Spec};
pub use rollout::{
    Day, Factor, Gate, GateDefault, GateRequest, GateWebhook, OnFailure, PastRelease, Percent, Rate,
    RolloutCause, RolloutControlSpec, RolloutPause, RolloutPhase, RolloutProgress, RolloutSpec, Select,
    Share, TimeOfDay, Waiting, Wave, WaveCounts, WavePhase, WaveProgress, Window,
};
pub use scope::is_built_in_group;
pub use selection::{GroupBy, Prioritizer, ScoreBy, Spread, Toleration, TolerationOperator, Where};
pub use selector::{LabelSelector, Operator, Requirement};
pub use span::Span;
pub use status::{Heartbeat, ObjectStatus, Phase, PhaseCounts, ReportOrder, Status, status_digest};
pub use suggest::nearest;
pub use summary::{
    Completion, Connection, Counts, FailedAt, Failure, LocationPresence, Partial, Presence, Summary,
};
pub use transform::{ImageOperation, Operation, Transform, TransformSpec};
pub use violation::Violation;

/// The API group of Tributary's own kinds.
pub const API_GROUP: &str = "tributary.dev";
/// The API version of Tributary's own kinds, group included.
pub const API_VERSION: &str = "tributary.dev/v1alpha1";
/// The space of whatever names none.
pub const DEFAULT_SPACE: &str = "default";
