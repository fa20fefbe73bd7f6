//! From text to steps, with the position of the first mistake.

use serde_json::Value;

use super::Step;

/// A position in characters from 1, and what is wrong there.
type Fault = (usize, String);

/// What a name after a dot may be made of.
pub fn is_plain(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_' || char == '-'
}

/// The steps after `$`.
pub fn steps(text: &str) -> Result<Vec<Step>, Fault> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.expect("$")?;
    let mut steps = Vec::new();
    while !cursor.rest().is_empty() {
        steps.push(cursor.step()?);
    }
    Ok(steps)
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fault<T>(&self, reason: &str) -> Result<T, Fault> {
        Err((self.text[..self.at].chars().count() + 1, reason.to_owned()))
    }

    fn accept(&mut self, token: &str) -> bool {
        let is_next = self.rest().starts_with(token);
        self.at += if is_next { token.len() } else { 0 };
        is_next
    }

    fn expect(&mut self, token: &str) -> Result<(), Fault> {
        if self.accept(token) { Ok(()) } else { self.fault(&format!("`{token}` is missing")) }
    }

    fn step(&mut self) -> Result<Step, Fault> {
        if self.accept(".") {
            return Ok(Step::Key(self.name()?));
        }
        if !self.accept("[") {
            return self.fault("expected `.name` or `[…]`");
        }
        let step = self.bracket()?;
        self.expect("]")?;
        Ok(step)
    }

    fn name(&mut self) -> Result<String, Fault> {
        let rest = self.rest();
        let len = rest.find(|char| !is_plain(char)).unwrap_or(rest.len());
        if len == 0 {
            return self.fault("a name is missing; write other characters as [\"any string\"]");
        }
        self.at += len;
        Ok(rest[..len].to_owned())
    }

    fn bracket(&mut self) -> Result<Step, Fault> {
        if self.accept("*") {
            return Ok(Step::Each);
        }
        if self.accept("?(@") {
            return self.condition();
        }
        match self.rest().chars().next() {
            Some('"' | '\'') => self.string().map(Step::Key),
            Some(digit) if digit.is_ascii_digit() => self.index(),
            _ => self.fault("expected a string, a number, `*` or `?(@.name==\"x\")`"),
        }
    }

    fn index(&mut self) -> Result<Step, Fault> {
        let rest = self.rest();
        let len = rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(rest.len());
        let Ok(index) = rest[..len].parse() else { return self.fault("the index is too large") };
        self.at += len;
        Ok(Step::Index(index))
    }

    fn condition(&mut self) -> Result<Step, Fault> {
        let key = if self.accept(".") {
            self.name()?
        } else {
            self.expect("[")?;
            let key = self.string()?;
            self.expect("]")?;
            key
        };
        self.spaces();
        self.expect("==")?;
        self.spaces();
        let value = self.scalar()?;
        self.spaces();
        self.expect(")")?;
        Ok(Step::Where { key, value })
    }

    fn spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
    }

    /// A string, number, `true` or `false`.
    fn scalar(&mut self) -> Result<Value, Fault> {
        if self.rest().starts_with(['"', '\'']) {
            return self.string().map(Value::String);
        }
        let rest = self.rest();
        let len = rest.find([')', ' ']).unwrap_or(rest.len());
        match serde_json::from_str(&rest[..len]) {
            Ok(value @ (Value::Number(_) | Value::Bool(_))) => {
                self.at += len;
                Ok(value)
            }
            _ => self.fault("expected a string, a number, `true` or `false`"),
        }
    }

    /// In double quotes as in JSON, in single quotes with `\'` and `\\` only.
    fn string(&mut self) -> Result<String, Fault> {
        let rest = self.rest();
        if rest.starts_with('\'') {
            return self.single_quoted();
        }
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let Some(Ok(string)) = values.next() else { return self.fault("expected a string in quotes") };
        self.at += values.byte_offset();
        Ok(string)
    }

    fn single_quoted(&mut self) -> Result<String, Fault> {
        let mut string = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, char)) = chars.next() {
            match char {
                '\'' => {
                    self.at += at + 1;
                    return Ok(string);
                }
                '\\' => match chars.next() {
                    Some((_, escaped @ ('\'' | '\\'))) => string.push(escaped),
                    _ => return self.fault("expected `\\'` or `\\\\` in this string"),
                },
                char => string.push(char),
            }
        }
        self.fault("this string does not end")
    }
}
