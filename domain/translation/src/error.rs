//! What can be wrong with a transform or an expansion.

use expression::beginning;
use model::PathError;

/// Why something cannot be rendered. The same inputs fail again: nothing here is worth a retry until one of them
/// changes. Every text is the same on every replica: no address and no map in its own order gets into it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An expression, template or path is not well formed; `position` counts characters from 1.
    #[error("`{}`, character {position}: {reason}", beginning(text))]
    Syntax { text: String, position: usize, reason: String },
    /// An expression is well formed, but not with this location.
    #[error("`{expression}`: {reason}")]
    Evaluate { expression: String, reason: String },
    /// A path leads nowhere in this object; `at` is how far it came.
    #[error("path `{path}`, at `{at}`: {reason}")]
    Path { path: String, at: String, reason: String },
    /// Images are to be changed of containers that the object does not have; `there` are those that it has.
    #[error("{}", no_container(wanted, there))]
    NoContainer { wanted: String, there: Vec<String> },
    /// Rendering must not turn an object into another one.
    #[error("`{field}` names the object and must stay `{expected}`")]
    Identity { field: &'static str, expected: String },
    /// It would not fit where it has to go.
    #[error("{bytes} bytes as rendered, of at most {limit}")]
    TooLarge { bytes: usize, limit: usize },
    /// There is nothing to render.
    #[error("its manifest is missing or no JSON object")]
    Source,
}

impl From<expression::Error> for Error {
    fn from(error: expression::Error) -> Self {
        match error {
            expression::Error::Syntax { text, position, reason } => Self::Syntax { text, position, reason },
            expression::Error::Evaluate { expression, reason } => Self::Evaluate { expression, reason },
        }
    }
}

impl From<PathError> for Error {
    fn from(error: PathError) -> Self {
        match error {
            PathError::Syntax { text, position, reason } => Self::Syntax { text, position, reason },
            PathError::Lost { path, at, reason } => Self::Path { path, at, reason },
        }
    }
}

fn no_container(wanted: &str, there: &[String]) -> String {
    match there {
        [] => "it has no containers where pods have them; narrow the transform's match, or set the image by its path"
            .to_owned(),
        there => format!("there is no container `{wanted}`; there are `{}`", there.join("`, `")),
    }
}

impl Error {
    /// Stable, in CamelCase: what failures are counted by.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "SyntaxError",
            Self::Evaluate { .. } => "ExpressionFailed",
            Self::Path { .. } => "PathFailed",
            Self::NoContainer { .. } => "NoContainer",
            Self::Identity { .. } => "IdentityChanged",
            Self::TooLarge { .. } => "TooLarge",
            Self::Source => "SourceInvalid",
        }
    }
}
