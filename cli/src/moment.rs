//! Times as people read them.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `45s`, `12m`, `3h`, `9d`: how long ago, in the largest unit that is at least 1. Empty for never.
pub fn age(then_ms: u64, now_ms: u64) -> String {
    if then_ms == 0 {
        return String::new();
    }
    let seconds = now_ms.saturating_sub(then_ms) / 1000;
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// `12:30:01`, in UTC.
pub fn clock(ms: u64) -> String {
    model::time::to_rfc3339(ms)[11..19].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_one_unit() {
        let now = 10_000_000_000;
        let cases = [
            (0, ""),
            (now, "0s"),
            (now - 119_000, "119s"),
            (now - 120_000, "2m"),
            (now - 7_200_000, "2h"),
            (now - 172_800_000, "2d"),
        ];
        for (then, text) in cases {
            assert_eq!(age(then, now), text);
        }
    }
}
