//! Translation from outside: what releases become, and what the view writes.

mod absence;
mod expressions;
mod history;
mod rendering;
mod view;
mod world;
