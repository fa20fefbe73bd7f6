//! Translation from outside: what releases become, and what the view writes.

mod absence;
mod collection;
mod content;
mod exact;
mod expressions;
mod frames;
mod history;
mod one;
mod rendering;
mod transforms;
mod view;
mod world;
