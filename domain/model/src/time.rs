//! Points in time as people read them: RFC 3339 in UTC. Inside, they are milliseconds since the Unix epoch.

const DAY_MS: u64 = 86_400_000;

/// `2026-03-01T12:00:00Z`; with milliseconds only when there are any.
pub fn to_rfc3339(ms: u64) -> String {
    let (year, month, day) = civil(ms / DAY_MS);
    let rest = ms % DAY_MS;
    let (hour, minute, second, milli) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// The inverse; also takes offsets (`+02:00`). `None`: it is not such a time, or before 1970.
pub fn from_rfc3339(text: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| digits(text.get(range)?);
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !separators.iter().all(|&(at, byte)| text.as_bytes().get(at) == Some(&byte)) {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_since_epoch(year, month, day)?;
    let (milli, zone) = fraction(text.get(19..)?)?;
    let local = days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + milli;
    local.checked_add_signed(-offset_ms(zone)?)
}

/// A number of ASCII digits alone: `parse` would also take a sign.
fn digits(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Milliseconds of a leading `.fff…`, and what follows it.
fn fraction(text: &str) -> Option<(u64, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let padded: String = rest[..end].chars().chain("000".chars()).take(3).collect();
    (end > 0).then(|| Some((digits(&padded)?, &rest[end..]))).flatten()
}

fn offset_ms(zone: &str) -> Option<i64> {
    if zone == "Z" || zone == "z" {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    let within = hours < 24 && minutes < 60;
    within.then(|| i64::try_from((hours * 60 + minutes) * 60_000).ok()).flatten().map(|ms| sign * ms)
}

/// Days since the epoch to (year, month, day), after Howard Hinnant's `civil_from_days`: years start in March, so
/// that the leap day is the last of one.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// `None`: before 1970, or there is no such day.
fn days_since_epoch(year: u64, month: u64, day: u64) -> Option<u64> {
    let (from_march, year_from_march) =
        if month > 2 { (month - 3, year) } else { (month + 9, year.checked_sub(1)?) };
    let (era, year_of_era) = (year_from_march / 400, year_from_march % 400);
    let of_year = (153 * from_march + 2) / 5 + day.checked_sub(1)?;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    let days = (era * 146_097 + of_era).checked_sub(719_468)?;
    (civil(days) == (year, month, day)).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        for ms in [0, 951_782_400_000, 1_709_164_800_123, 4_102_444_799_999] {
            assert_eq!(from_rfc3339(&to_rfc3339(ms)), Some(ms));
        }
        assert_eq!(to_rfc3339(1_709_164_800_000), "2024-02-29T00:00:00Z");
        assert_eq!(from_rfc3339("1970-01-01T02:00:00.5+02:00"), Some(500));
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in [
            "",
            "2024-02-30T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-01",
            "+024-01-01T00:00:00Z",
            "1969-01-01T00:00:00Z",
        ] {
            assert_eq!(from_rfc3339(text), None, "{text}");
        }
    }
}
