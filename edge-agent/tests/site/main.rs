//! A site without a hub: documents in, files there, statuses out, whatever happens in between.

#[cfg(test)]
mod durability;
#[cfg(test)]
mod files;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod moves;
#[cfg(test)]
mod shelf;
