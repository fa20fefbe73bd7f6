//! Numbers, units and what figures mean, for people.

use clap::ValueEnum as _;

use crate::args::Scenario;

/// What the figures mean that are not obvious from their names.
const MEANINGS: &[(&str, &str)] = &[
    ("attached_s", "until all agents have connected, subscribed and read their documents"),
    ("change_decided_s", "until placement has written its last decision"),
    ("change_intent_s", "the call of apply itself"),
    ("change_published_s", "until the last document was stored"),
    ("change_summary_true_s", "until the summary said that all locations have the change and are healthy"),
    ("churn_lag_s", "from the last update until all of it was where it belongs"),
    ("declared_s", "until all locations were declared"),
    ("hub_bytes_per_location_placement", "of all streams less shared content"),
    ("hub_cpu_us_per_location", "CPU time of services and NATS together"),
    ("location_updates_per_s", "updates of locations that were taken in and worked off"),
    ("lost", "locations that did not get what they should have"),
    ("placed_s", "until the first placements were everywhere and their summaries true"),
    ("ratio_to_raw", "how much longer a change takes than its bare messages"),
    ("placement_first_s", "from the call of apply until the last decision was stored"),
    ("placement_change_cpu_ms", "CPU time of placement for one changed location"),
    ("choices_first_s", "from the call of apply until the last decision of all of them was stored"),
    ("choices_restart_s", "kill -9 of placement until it has caught up and holds its leases"),
    ("choices_restart_decided_s", "until a change after that was decided on, in all units"),
    ("plan_s", "the command, from its start to its end"),
    ("rollout_ratio", "how much longer a change takes in waves than at once"),
    ("rollout_wave_p50_s", "one wave, as placement has noted it"),
    ("raw_document_bytes", "mean of the real documents"),
    ("raw_row_bytes", "mean of the real status rows"),
    ("raw_blob_bytes", "what a location fetches for a change"),
    ("raw_published_s", "until the last batch was acknowledged"),
    ("raw_s", "from the first batch until the reader had the last row"),
    ("reconnect_s", "until all were back and the summary was true"),
    ("status_settled_s", "from the last change until the summary was true"),
];

/// Before everything is played.
const START: &str = "Everything is started, declared and placed";

/// What a figure means; empty where its name says it.
pub fn meaning(figure: &str) -> &'static str {
    MEANINGS.iter().find(|(name, _)| *name == figure).map_or("", |(_, meaning)| meaning)
}

/// What a scenario is, as the command line says it.
pub fn scenario(name: &str) -> String {
    let values = Scenario::value_variants().iter().filter_map(|scenario| scenario.to_possible_value());
    let help = values.into_iter().find(|value| value.get_name() == name);
    help.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_else(|| START.to_owned())
}

/// The unit of a figure, from its name.
pub fn unit(figure: &str) -> &'static str {
    const UNITS: &[(&str, &str)] = &[
        ("_us_per_location", "µs"),
        ("_ms_per_agent", "ms"),
        ("_ms_per_object", "ms"),
        ("_per_s", "/s"),
        ("_ms", "ms"),
        ("_s", "s"),
        ("_mb", "MB"),
        ("_bytes", "B"),
        ("bytes_per_location_placement", "B"),
        ("bytes_per_location_declared", "B"),
        ("bytes_per_location", "B"),
    ];
    let name = figure.split('.').next().unwrap_or_default();
    UNITS.iter().find(|(suffix, _)| name.ends_with(suffix)).map_or("", |(_, unit)| unit)
}

/// A number and its unit, which no line break comes between.
pub fn quantity(value: f64, figure: &str) -> String {
    format!("{}\u{a0}{}", number(value), unit(figure)).trim_end().to_owned()
}

/// As many digits as say something, thousands apart.
pub fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    format!("{}{rest}", grouped(whole))
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digit.is_ascii_digit() && (digits.len() - index).is_multiple_of(3) && text != "-" {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_matter() {
        let texts = [0.0, 0.0123, 1.5, 12.345, 123.4, 1234.0, 1_234_567.8, -1234.0, 0.05].map(number);
        let expected = ["0", "0.0123", "1.50", "12.3", "123", "1,234", "1,234,568", "-1,234", "0.0500"];
        assert_eq!(texts, expected);
        assert_eq!(number(-123_456.0), "-123,456");
    }

    #[test]
    fn names_tell_units() {
        let figures = [
            "cpu_s.nats",
            "hub_cpu_us_per_location",
            "location_updates_per_s",
            "list_600_ms",
            "lost",
            "raw_row_bytes",
        ];
        assert_eq!(figures.map(unit), ["s", "µs", "/s", "ms", "", "B"]);
        assert_eq!(quantity(3.0, "lost"), "3");
    }

    #[test]
    fn scenarios_are_told_as_on_the_command_line() {
        assert_eq!(scenario("change"), "One change of one object to all locations");
        assert_eq!(scenario("start"), START);
    }
}
