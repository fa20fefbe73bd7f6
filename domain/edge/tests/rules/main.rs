//! The rules of this crate as sentences, by example and as properties over a location in miniature.

#[cfg(test)]
mod depend;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod report;
#[cfg(test)]
mod world;
