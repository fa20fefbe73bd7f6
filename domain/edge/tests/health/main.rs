//! How objects fare, by what API servers show of them.

#[cfg(test)]
mod check;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod others;
#[cfg(test)]
mod pods;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reasons;
#[cfg(test)]
mod refined;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod selectors;
#[cfg(test)]
mod standard;
#[cfg(test)]
mod workloads;
