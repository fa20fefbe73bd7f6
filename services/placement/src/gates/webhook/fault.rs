//! What it means that there is no answer over HTTP: whether nobody is there, or somebody who is not to be believed.

use std::io::{self, ErrorKind};

use super::{Error, Heard};

/// A program that is not reached, or goes away without a word, does not answer. One that speaks something else, or whose
/// certificate nobody vouches for, is no program that could have decided.
pub(super) fn heard(error: &Error) -> Heard {
    let causes: Vec<&Cause> = std::iter::successors(Some(error as &Cause), |cause| next(*cause)).collect();
    let innermost = causes.last().map_or_else(String::new, ToString::to_string);
    if causes.iter().any(|cause| is_distrust(*cause)) {
        return Heard::Wrong(format!("is not trusted: {innermost}"));
    }
    let mut http = causes.iter().filter_map(|cause| cause.downcast_ref::<hyper::Error>());
    if http.any(hyper::Error::is_parse) {
        return Heard::Wrong(format!("does not speak HTTP: {innermost}"));
    }
    Heard::Absent(innermost)
}

type Cause = dyn std::error::Error + 'static;

/// An error of the system names the source of what it carries, and not that as its own.
fn next(cause: &Cause) -> Option<&Cause> {
    let carried = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    carried.map(|carried| carried as &Cause).or_else(|| cause.source())
}

/// TLS tells so what it does not accept: a certificate, or bytes that are none of TLS.
fn is_distrust(cause: &Cause) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::InvalidData)
}
