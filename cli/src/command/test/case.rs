//! What a file of cases says.

use serde::Deserialize;
use serde_json::Value;

/// A file: what is declared, and what should follow.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Suite {
    /// Files and folders, from where this file is.
    pub files: Vec<String>,
    /// Of the placements; without it, that of the command.
    #[serde(default)]
    pub space: Option<String>,
    #[serde(default)]
    pub cases: Vec<Case>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    pub name: String,
    pub placement: String,
    /// Exactly these locations.
    #[serde(default)]
    pub chosen: Option<Vec<String>>,
    #[serde(default)]
    pub includes: Vec<String>,
    #[serde(default)]
    pub excludes: Vec<String>,
    #[serde(default)]
    pub count: Option<usize>,
    /// For what follows.
    #[serde(default)]
    pub location: Option<String>,
    #[serde(default)]
    pub renders: Vec<Expected>,
    /// Exactly these objects.
    #[serde(default)]
    pub withheld: Vec<Withheld>,
}

/// An object as it should be at a location.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expected {
    pub kind: String,
    pub name: String,
    #[serde(default)]
    pub namespace: String,
    /// These fields; of lists all elements, those with names whatever their order.
    #[serde(default)]
    pub contains: Option<Value>,
    /// All of it.
    #[serde(default)]
    pub equals: Option<Value>,
    /// It is not there.
    #[serde(default)]
    pub absent: bool,
}

/// An object that should be withheld at a location.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Withheld {
    pub kind: String,
    pub name: String,
    #[serde(default)]
    pub namespace: String,
    /// A part of the reason.
    #[serde(default)]
    pub because: String,
}
