//! A site on a real API server: documents in, objects there, statuses out, whatever others do meanwhile.

#[cfg(test)]
mod agents;
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
mod hub;
#[cfg(test)]
mod idle;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod lease;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod prune;
#[cfg(test)]
mod rbac;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod renewed;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod state;
#[cfg(test)]
mod terms;
