//! What the demo prints: for people, on standard output.

#![expect(clippy::print_stdout, reason = "showing is what a demo is for")]

/// The title of an act.
pub fn title(text: &str) {
    println!("\n== {text}");
}

/// One sentence.
pub fn line(text: &str) {
    println!("{text}");
}

/// A command that is run now, as the user would type it.
pub fn command(args: &[&str]) {
    println!("$ tributary {}", args.join(" "));
}

/// Any other command that is run now, as the user would type it.
pub fn typed(command: &str) {
    println!("$ {command}");
}

/// What a command printed from the line `first` on, as [`output`].
pub fn output_from(text: &str, first: &str, limit: usize) {
    match text.find(&format!("\n{first}\n")) {
        Some(at) => {
            println!("    ...");
            output(&text[at + 1..], limit);
        }
        None => output(text, limit),
    }
}

/// What a command printed, indented; at most `limit` lines.
pub fn output(text: &str, limit: usize) {
    for line in text.lines().take(limit) {
        println!("    {line}");
    }
    let more = text.lines().count().saturating_sub(limit);
    if more > 0 {
        println!("    ... and {more} lines more");
    }
}

/// Why the demo ends here.
pub fn failed(error: &anyhow::Error) {
    println!("\nerror: {error:#}");
}
