//! A site on a real API server: documents in, objects there, statuses out, whatever others do meanwhile.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod apply;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod lease;
#[cfg(test)]
mod prune;
#[cfg(test)]
mod rbac;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod state;
#[cfg(test)]
mod terms;
