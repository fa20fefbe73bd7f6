//! The agent as a process against a real NATS server.

#[cfg(test)]
mod crashes;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod work;
