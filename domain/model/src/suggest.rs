//! "Did you mean": the nearest of some known words.

/// The known word that is nearest to `word`, if one is near enough to be a slip.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Comparing is quadratic, and nobody misspells a field by writing a novel.
    if word.len() > 64 {
        return None;
    }
    let (distance, best) = known.into_iter().map(|other| (distance(word, other), other)).min()?;
    (distance <= word.chars().count().div_ceil(3)).then_some(best)
}

/// Levenshtein's distance, taking upper and lower case as equal.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_word_that_was_meant() {
        let known = ["locationSelectors", "regions"];
        assert_eq!(nearest("locationSelector", known), Some("locationSelectors"));
        assert_eq!(nearest("region", known), Some("regions"));
        assert_eq!(nearest("in", ["In", "NotIn"]), Some("In"));
        assert_eq!(nearest("colour", known), None);
    }
}
