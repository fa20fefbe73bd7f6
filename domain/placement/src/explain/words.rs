//! Explanations in words.

use std::fmt;

use model::{Operator, Requirement, Taint};

use super::{Chosen, Explanation, Failure, Reason, Standing};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chosen(chosen) => write!(f, "chosen: {chosen}"),
            Self::NotChosen(reason) => write!(f, "not chosen: {reason}"),
        }
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.region, self.selector) {
            (Some(region), Some(selector)) => {
                write!(f, "in region {region}, by locationSelectors[{selector}]")
            }
            (Some(region), None) => write!(f, "in region {region}"),
            (None, Some(selector)) => write!(f, "by locationSelectors[{selector}]"),
            (None, None) if self.kept.is_none() => write!(f, "by its expression"),
            (None, None) => write!(f, "before"),
        }?;
        if let Some(reason) = &self.kept {
            write!(f, ", and kept, though not chosen anew: {reason}")?;
        }
        self.standing.iter().try_for_each(|standing| write!(f, "; {standing}"))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPlacement => f.write_str("there is no such placement"),
            Self::PlacementDeleted => f.write_str("the placement is deleted"),
            Self::UnknownLocation => f.write_str("there is no such location"),
            Self::LocationDeleting => f.write_str("the location is being deleted"),
            Self::Nowhere => {
                f.write_str("the placement names neither locationSelectors nor regions nor an expression")
            }
            Self::OutsideRegions { region, regions } => {
                write!(f, "its region {region} is not in or below {}", regions.join(", "))
            }
            Self::Unmatched(failures) => failures.iter().enumerate().try_for_each(|(n, failure)| {
                f.write_str(if n == 0 { "" } else { "; " })?;
                fmt::Display::fmt(failure, f)
            }),
            Self::ExpressionFalse { expression } => write!(f, "`{expression}` does not hold"),
            Self::ExpressionFailed { message } => f.write_str(message),
            Self::Tainted(taint) => write!(f, "its taint {} is not tolerated", tainted(taint)),
            Self::Ungrouped { key, .. } => write!(f, "it has no {key} to be spread by"),
            Self::Unsatisfied { problems, .. } => f.write_str(&problems.join("; ")),
            Self::NotAmongTheBest(standing) => write!(f, "{}; {standing}", standing.obstacle()),
            Self::NoRelease => f.write_str("the placement has no release yet"),
        }
    }
}

impl fmt::Display for Failure {
    /// `locationSelectors[0] wants tier In (gold, silver), the location has "bronze"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Requirement { key, operator, values } = &self.requirement;
        write!(f, "locationSelectors[{}] wants {key} {operator:?}", self.selector)?;
        if !matches!(operator, Operator::Exists | Operator::DoesNotExist) {
            write!(f, " ({})", values.join(", "))?;
        }
        match &self.value {
            Some(value) => write!(f, ", the location has {value:?}"),
            None => f.write_str(", the location has no such label"),
        }
    }
}

/// As `kubectl` writes taints.
fn tainted(taint: &Taint) -> String {
    let equals = if taint.value.is_empty() { "" } else { "=" };
    format!("{}{equals}{}:{:?}", taint.key, taint.value, taint.effect)
}

impl Reason {
    /// What a user could do about it; `None`: there is nothing to say that the reason does not.
    pub fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::OutsideRegions { region, .. } => format!("add {region} to where.regions"),
            Self::Unmatched(failures) => {
                let label = failures.first().map(|failure| failure.requirement.key.as_str())?;
                format!("change its label {label}, or add a selector that takes it")
            }
            Self::ExpressionFalse { .. } => "change what the expression reads of it".to_owned(),
            Self::ExpressionFailed { .. } => {
                "give the location what the expression reads, or ask with has(…) first".to_owned()
            }
            Self::Tainted(taint) => {
                format!("tolerate {} under where.tolerations, or remove the taint", tainted(taint))
            }
            Self::Ungrouped { key, .. } => format!("give it {key}, or spread by something that it has"),
            Self::NotAmongTheBest(standing) => standing.remedy(),
            Self::Unsatisfied { .. } => "lower minGroups, or add locations in other groups".to_owned(),
            _ => return None,
        })
    }
}

impl fmt::Display for Standing {
    /// `scores 140 (Steady 100, Capacity:cpu 20 x2), region eu has 3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scores {} (", self.total)?;
        for (n, score) in self.scores.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { ", " })?;
            match score.score {
                Some(points) => write!(f, "{} {points}", score.name)?,
                None => write!(f, "{} none", score.name)?,
            }
            if score.weight != 1 {
                write!(f, " x{}", score.weight)?;
            }
        }
        f.write_str(")")?;
        if self.unwelcome > 0 {
            write!(f, ", behind all without a PreferNoSelect taint")?;
        }
        self.groups.iter().filter(|group| group.name.is_some()).try_for_each(|group| {
            write!(f, ", {} {} has {}", group.key, group.name.as_deref().unwrap_or_default(), group.chosen)
        })
    }
}
