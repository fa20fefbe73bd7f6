//! Whether a window is open somewhere, and when that changes. The only time zones are those compiled in: every replica
//! has the same.

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime, Weekday},
    tz::{TimeZone, TimeZoneDatabase},
};
use model::{Day, TimeOfDay, Window};

/// How windows stand in a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub open: bool,
    /// When that changes, in milliseconds since the Unix epoch; `None`: it does not.
    pub until_ms: Option<u64>,
}

/// There is no time zone of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownZone(pub String);

/// How windows stand at a time in a zone: an IANA name such as `Europe/Berlin`; empty: UTC. Without windows it is always
/// open.
pub fn look(windows: &[Window], zone: &str, now_ms: u64) -> Result<Look, UnknownZone> {
    let zone = find(zone).ok_or_else(|| UnknownZone(zone.to_owned()))?;
    if windows.is_empty() {
        return Ok(Look { open: true, until_ms: None });
    }
    let now = i64::try_from(now_ms).unwrap_or(i64::MAX);
    let today = Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX).to_zoned(zone.clone()).date();
    // From yesterday, which may last until today, to the same day of next week.
    let days = (-1..=7).filter_map(|offset| today.checked_add(i64::from(offset).days()).ok());
    let times = days.flat_map(|day| windows.iter().filter_map(move |window| on(window, day)));
    let times: Vec<(u64, u64)> =
        times.filter_map(|(from, to)| Some((instant(from, &zone)?, instant(to, &zone)?))).collect();
    let closes = times.iter().filter(|(from, to)| (*from..*to).contains(&now_ms)).map(|(_, to)| *to).max();
    let opens = times.iter().map(|(from, _)| *from).filter(|from| *from > now_ms).min();
    Ok(Look { open: closes.is_some(), until_ms: closes.or(opens) })
}

/// Whether there is a time zone of this name.
pub fn is_zone(name: &str) -> bool {
    find(name).is_some()
}

fn find(name: &str) -> Option<TimeZone> {
    match name {
        "" => Some(TimeZone::UTC),
        name => TimeZoneDatabase::bundled().get(name).ok(),
    }
}

/// From when to when a window that opens on this day is open; `None`: it opens on other days.
fn on(window: &Window, day: Date) -> Option<(DateTime, DateTime)> {
    let weekday = day_of(day.weekday());
    if !window.days.is_empty() && !window.days.contains(&weekday) {
        return None;
    }
    let last = if window.to <= window.from { day.tomorrow().ok()? } else { day };
    Some((at(day, window.from)?, at(last, window.to)?))
}

fn at(day: Date, time: TimeOfDay) -> Option<DateTime> {
    if time == TimeOfDay::MIDNIGHT {
        return Some(day.tomorrow().ok()?.at(0, 0, 0, 0));
    }
    let (hour, minute) = (i8::try_from(time.minutes / 60).ok()?, i8::try_from(time.minutes % 60).ok()?);
    Some(day.at(hour, minute, 0, 0))
}

/// A time that the clock skips is as much later, one that it shows twice is the first of them.
fn instant(time: DateTime, zone: &TimeZone) -> Option<u64> {
    let zoned = time.to_zoned(zone.clone()).ok()?;
    u64::try_from(zoned.timestamp().as_millisecond()).ok()
}

fn day_of(weekday: Weekday) -> Day {
    match weekday {
        Weekday::Monday => Day::Mon,
        Weekday::Tuesday => Day::Tue,
        Weekday::Wednesday => Day::Wed,
        Weekday::Thursday => Day::Thu,
        Weekday::Friday => Day::Fri,
        Weekday::Saturday => Day::Sat,
        Weekday::Sunday => Day::Sun,
    }
}

#[cfg(test)]
mod tests {
    use model::time::{from_rfc3339, to_rfc3339};

    use super::*;

    fn window(days: &[Day], from: u32, to: u32) -> Window {
        Window {
            days: days.to_vec(),
            from: TimeOfDay { minutes: from * 60 },
            to: TimeOfDay { minutes: to * 60 },
        }
    }

    fn check(windows: &[Window], zone: &str, now: &str, open: bool, until: &str) {
        let found = look(windows, zone, from_rfc3339(now).unwrap()).unwrap();
        let until_ms = found.until_ms.map(to_rfc3339);
        assert_eq!((found.open, until_ms.as_deref()), (open, Some(until)), "at {now} in {zone}");
    }

    #[test]
    fn a_window_is_open_by_the_clock_of_the_location() {
        let night = [window(&[], 2, 5)];
        check(&night, "", "2026-03-02T01:00:00Z", false, "2026-03-02T02:00:00Z");
        check(&night, "", "2026-03-02T02:00:00Z", true, "2026-03-02T05:00:00Z");
        check(&night, "America/New_York", "2026-03-02T02:00:00Z", false, "2026-03-02T07:00:00Z");
        check(&night, "Asia/Kolkata", "2026-03-02T20:30:00Z", true, "2026-03-02T23:30:00Z");
    }

    #[test]
    fn a_window_that_ends_before_it_begins_ends_on_the_next_day() {
        let late = [window(&[Day::Fri], 22, 4)];
        check(&late, "", "2026-03-07T03:59:00Z", true, "2026-03-07T04:00:00Z");
        check(&late, "", "2026-03-07T04:00:00Z", false, "2026-03-13T22:00:00Z");
        check(&[window(&[], 0, 24)], "", "2026-03-07T23:59:00Z", true, "2026-03-08T00:00:00Z");
    }

    #[test]
    fn a_window_keeps_to_the_clock_when_the_clock_is_changed() {
        let night = [window(&[], 2, 4)];
        // At two o'clock it is three in Berlin.
        check(&night, "Europe/Berlin", "2026-03-28T12:00:00Z", false, "2026-03-29T01:00:00Z");
        check(&night, "Europe/Berlin", "2026-03-29T01:30:00Z", true, "2026-03-29T02:00:00Z");
        // Three o'clock comes twice: the window is an hour longer.
        check(&night, "Europe/Berlin", "2026-10-25T00:30:00Z", true, "2026-10-25T03:00:00Z");
    }

    #[test]
    fn without_windows_it_is_open_and_an_unknown_zone_is_none() {
        assert_eq!(look(&[], "", 0), Ok(Look { open: true, until_ms: None }));
        assert_eq!(look(&[], "Mars/Olympus", 0), Err(UnknownZone("Mars/Olympus".to_owned())));
    }
}
