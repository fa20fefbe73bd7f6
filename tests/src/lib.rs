//! Tests of the workspace as a whole: its layout, its cores wired together, and its binaries as processes.
//!
//! Everything is under `tests/`; this library is empty so that the package has one.
