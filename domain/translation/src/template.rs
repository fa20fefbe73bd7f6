//! Text with `${CEL}` in it, parsed once.
//!
//! `$${` is a literal `${`. Braces inside CEL strings, comments and maps do not end an expression.

use serde_json::Value;

use crate::Error;
use expression::{Expression, Reads, Scope};

/// A string that holds at least one `${` or `$${`.
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Expression(Expression),
}

impl Template {
    /// `None`: `text` stands for itself.
    ///
    /// # Errors
    /// [`Error::Syntax`]: an expression does not end, or is none.
    pub fn parse(text: &str) -> Result<Option<Self>, Error> {
        if !text.contains("${") {
            return Ok(None);
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            if let Some(before) = rest[..at].strip_suffix('$') {
                push_text(&mut parts, before);
                push_text(&mut parts, "${");
                rest = &rest[at + 2..];
                continue;
            }
            push_text(&mut parts, &rest[..at]);
            let inner = &rest[at + 2..];
            let end = end_of_expression(inner).ok_or_else(|| unended(text, text.len() - rest.len() + at))?;
            parts.push(Part::Expression(Expression::compile(&inner[..end])?));
            rest = &inner[end + 1..];
        }
        push_text(&mut parts, rest);
        Ok(Some(Self { parts }))
    }

    /// Its value: of the expression's own type if it is exactly one, else text.
    ///
    /// # Errors
    /// [`Error::Evaluate`].
    pub fn render(&self, scope: &Scope) -> Result<Value, Error> {
        if let [Part::Expression(expression)] = self.parts.as_slice() {
            return Ok(expression.evaluate(scope)?);
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Expression(expression) => text.push_str(&as_text(expression, scope)?),
            }
        }
        Ok(Value::String(text))
    }

    /// Adds what its expressions read.
    pub fn add_reads(&self, reads: &mut Reads) {
        for part in &self.parts {
            if let Part::Expression(expression) = part {
                reads.extend(expression.reads());
            }
        }
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(Part::Text(before)) => before.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

fn unended(text: &str, at: usize) -> Error {
    let position = text[..at].chars().count() + 1;
    Error::Syntax { text: text.to_owned(), position, reason: "`${` without its `}`".to_owned() }
}

fn as_text(expression: &Expression, scope: &Scope) -> Result<String, Error> {
    match expression.evaluate(scope)? {
        Value::String(text) => Ok(text),
        value @ (Value::Bool(_) | Value::Number(_)) => Ok(value.to_string()),
        Value::Null => Err(not_text(expression, "null")),
        Value::Array(_) => Err(not_text(expression, "a list")),
        Value::Object(_) => Err(not_text(expression, "a map")),
    }
}

fn not_text(expression: &Expression, what: &str) -> Error {
    Error::Evaluate {
        expression: expression.text().to_owned(),
        reason: format!("{what} cannot stand inside text"),
    }
}

/// The byte where the `}` stands that ends an expression.
fn end_of_expression(text: &str) -> Option<usize> {
    let mut braces = 0_usize;
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        match char {
            '}' if braces == 0 => return Some(at),
            '}' => braces -= 1,
            '{' => braces += 1,
            '"' | '\'' => {
                let is_raw = ends_in_raw_prefix(&text[..at]);
                at += string_length(&text[at..], is_raw)?;
                continue;
            }
            '/' if text[at..].starts_with("//") => {
                at += text[at..].find('\n')?;
                continue;
            }
            _ => {}
        }
        at += char.len_utf8();
    }
    None
}

/// Whether the quote that follows opens a raw string: `r'`, `R"`, `br'` and so on, but not `foor'`.
fn ends_in_raw_prefix(before: &str) -> bool {
    let word =
        before.rsplit(|char: char| !char.is_ascii_alphanumeric() && char != '_').next().unwrap_or_default();
    matches!(word.to_ascii_lowercase().as_str(), "r" | "br" | "rb")
}

/// The length of the string that `text` opens with, quotes included.
fn string_length(text: &str, is_raw: bool) -> Option<usize> {
    let quote = &text[..1];
    let triple = quote.repeat(3);
    let quotes = if text.starts_with(&triple) { triple.as_str() } else { quote };
    let mut at = quotes.len();
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(quotes) {
            return Some(at + quotes.len());
        }
        let char = rest.chars().next()?;
        at += char.len_utf8();
        if char == '\\' && !is_raw {
            at += text[at..].chars().next()?.len_utf8();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn render(text: &str) -> Result<Value, Error> {
        match Template::parse(text)? {
            Some(template) => template.render(&Scope::empty()),
            None => Ok(json!(text)),
        }
    }

    #[test]
    fn exactly_one_expression_keeps_its_type() {
        assert_eq!(render("${1 + 2}"), Ok(json!(3)));
        assert_eq!(render("${[1, {'a': 'b'}]}"), Ok(json!([1, {"a": "b"}])));
        assert_eq!(render("${1 + 2} "), Ok(json!("3 ")));
        assert_eq!(render("a${1}b${true}c${'d'}e${1.5}"), Ok(json!("a1btruecde1.5")));
    }

    #[test]
    fn two_dollars_stand_for_one_and_the_brace_stays() {
        assert_eq!(render("$${HOME}"), Ok(json!("${HOME}")));
        assert_eq!(render("$$${1}"), Ok(json!("$${1}")));
        assert_eq!(render("$${a} ${'b'} $5 $$ {}"), Ok(json!("${a} b $5 $$ {}")));
    }

    #[test]
    fn braces_inside_strings_comments_and_maps_do_not_end_an_expression() {
        assert_eq!(render("${ {'a': {'b': 1}}.a.b }"), Ok(json!(1)));
        assert_eq!(render(r#"<${'}'}${"}\"}"}${'''}'}'''}${r'\'}>"#), Ok(json!(r#"<}}"}}'}\>"#)));
        assert_eq!(render("${1 // }\n + 1}"), Ok(json!(2)));
        assert_eq!(render("${'ü}' + 'ß'}x"), Ok(json!("ü}ßx")));
        assert!(Template::parse("${ü'}'}").is_err(), "it is no name, but what follows is a string");
    }

    #[test]
    fn an_expression_without_its_end_is_told_with_its_position() {
        let Err(Error::Syntax { position, .. }) = Template::parse("aü ${'}'") else { panic!("it parses") };
        assert_eq!(position, 4);
    }

    #[test]
    fn what_is_not_text_cannot_stand_inside_text() {
        assert!(render("a ${[1]}").unwrap_err().to_string().contains("a list cannot stand inside text"));
        assert!(render("a ${null}").is_err() && render("a ${{}}").is_err());
    }
}
