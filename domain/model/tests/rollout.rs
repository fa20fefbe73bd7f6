//! Rollouts as users write them: what is read, what is printed, and what is refused with which words.

use model::{
    Day, Factor, GateDefault, OnFailure, Percent, RolloutSpec, Select, Share, Span, Spec, TimeOfDay, parse,
};
use serde_json::json;

const HEAD: &str = "apiVersion: tributary.dev/v1alpha1\nkind: Placement\nmetadata: {name: p}\nspec:\n  what: [{namespaces: [shop]}]\n  where: {regions: [eu]}\n  rollout:\n";

/// A placement with this under `spec.rollout`.
fn text(rollout: &str) -> String {
    let lines = rollout.lines().map(|line| format!("    {line}\n"));
    format!("{HEAD}{}", lines.collect::<String>())
}

fn read(rollout: &str) -> RolloutSpec {
    let document = parse::documents("f.yaml", &text(rollout), "default").expect("it is valid").remove(0);
    let Spec::Placement(spec) = document.resource.spec else { unreachable!("it is a placement") };
    spec.rollout.expect("it has a rollout")
}

/// Asserts that all of this is said of it, each at the path below `spec.rollout`, and nothing else.
fn refused(rollout: &str, expected: &[&str]) {
    let found = parse::documents("f.yaml", &text(rollout), "default").expect_err("it is refused");
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    let at = |line: &String| line.split_once("spec.rollout.").map(|(_, rest)| rest.to_owned());
    assert_eq!(told.iter().filter_map(at).collect::<Vec<_>>(), expected, "{told:#?}");
    assert_eq!(told.len(), expected.len(), "{told:#?}");
}

const FULL: &str = r#"waves:
- name: canary
  select: {count: 5}
  maxConcurrency: 1
  minSuccess: 100%
  soak: 1h30m
  gates:
  - expression: wave.failed == 0
  - request: {subject: gates.shop, timeout: 30s, default: Allow}
    interval: 5m
  - webhook: {url: "https://example.com/gate"}
  approval: true
- name: pilots
  select: {selector: {matchLabels: {tier: pilot}}}
- name: tenth
  select: {percent: 10}
  maxConcurrency: 20%
- name: rest
  minSuccess: "95%"
progressDeadline: 10m
maxFailures: 3
onFailure: Rollback
paused: true
rate: {start: 1, factor: 1.5, max: 10%}
windows:
- {days: [Mon, Sun], from: "22:00", to: "04:00"}
- {from: "12:00", to: "24:00"}
"#;

#[test]
fn a_rollout_is_read_whole() {
    let spec = read(FULL);
    let [canary, pilots, tenth, rest] = &spec.waves[..] else { panic!("four waves") };
    assert_eq!(canary.select, Some(Select::Count(5)));
    assert_eq!(canary.max_concurrency, Some(Share::Count(1)));
    assert_eq!(canary.min_success, Some(Share::Percent(Percent(100))));
    assert_eq!((canary.soak, canary.approval), (Some(Span(5_400_000)), true));
    let [expression, request, webhook] = &canary.gates[..] else { panic!("three gates") };
    assert_eq!(expression.expression.as_deref(), Some("wave.failed == 0"));
    assert_eq!(request.request.as_ref().map(|request| request.default), Some(GateDefault::Allow));
    assert_eq!((request.interval, webhook.interval), (Span(300_000), Span(30_000)));
    let webhook = webhook.webhook.as_ref().expect("it is a webhook");
    assert_eq!((webhook.timeout, webhook.default), (Span(5000), GateDefault::Deny));
    assert!(matches!(&pilots.select, Some(Select::Selector(selector)) if !selector.is_empty()));
    assert_eq!(tenth.select, Some(Select::Percent(Percent(10))));
    assert_eq!(rest.select, None);
    assert_eq!(spec.progress_deadline, Some(Span(600_000)));
    assert_eq!(
        (spec.max_failures, spec.on_failure, spec.paused),
        (Some(Share::Count(3)), OnFailure::Rollback, true)
    );
    assert_eq!(spec.rate.as_ref().map(|rate| rate.factor), Some(Factor { thousandths: 1500 }));
    assert_eq!(spec.windows[0].days, [Day::Mon, Day::Sun]);
    assert_eq!(spec.windows[1].to, TimeOfDay::MIDNIGHT);
}

#[test]
fn what_is_printed_of_a_rollout_can_be_applied_again() {
    let document = parse::documents("f.yaml", &text(FULL), "default").unwrap().remove(0);
    let printed = document.resource.to_manifest().to_string();
    assert_eq!(parse::documents("f.json", &printed, "default").unwrap()[0].resource, document.resource);
    assert_eq!(
        document.resource.to_manifest()["spec"]["rollout"]["rate"],
        json!({"start": 1, "factor": 1.5, "max": "10%"})
    );
}

#[test]
fn an_empty_rollout_is_one_wave_of_everything() {
    assert_eq!(read("{}"), RolloutSpec::default());
}

#[test]
fn values_that_cannot_be_read_are_told_all_at_once_with_what_to_write() {
    refused(
        "waves:\n- name: a\n  select: {percent: -1}\n  maxConcurrency: ten\n  soak: 5\n- name: b\n  select: {count: 1, percent: 2}\nrate: {start: 1, factor: 1.2345}\n",
        &[
            "waves[0].select.percent: `-1`, expected a percentage such as 10 or \"10%\"",
            "waves[0].maxConcurrency: `ten`, expected a count such as 5, or a percentage such as \"10%\"",
            "waves[0].soak: `5`, expected a duration such as 90s, 5m or 1h30m",
            "waves[1].select: a mapping, expected map with a single key; write exactly one of its keys",
            "rate.factor: `1.2345`, expected a number such as 2 or 1.5, with at most three decimals",
        ],
    );
    refused(
        "windows: [{days: [Mond], from: 8:00, to: '25:00'}]\n",
        &[
            "windows[0].days[0]: unknown value `Mond`; did you mean `Mon`?",
            "windows[0].from: `8:00`, expected a time of day such as 08:30, quoted",
            "windows[0].to: `25:00`, expected a time of day such as 08:30, quoted",
        ],
    );
}

#[test]
fn shares_with_which_nothing_moves_or_that_are_more_than_all_are_refused() {
    refused(
        "waves:\n- {name: a, select: {count: 1}, maxConcurrency: 0, minSuccess: 101%}\n- {name: b, maxConcurrency: 0%}\nmaxFailures: 200%\nrate: {start: 0, factor: 0.5, max: 150%}\n",
        &[
            "waves[0].maxConcurrency: with 0 nothing would ever move; write at least 1; to hold it up, set paused: true",
            "waves[0].minSuccess: 101% is more than all; write at most 100%",
            "waves[1].maxConcurrency: with 0 nothing would ever move; write at least 1; to hold it up, set paused: true",
            "maxFailures: 200% is more than all; write at most 100%",
            "rate.start: with 0 nothing would ever move; write at least 1; to hold it up, set paused: true",
            "rate.factor: 0.5: fewer after each success; write 1 to stay at start, or more, as in 2",
            "rate.max: 150% is more than all; write at most 100%",
        ],
    );
    refused(
        "rate: {start: 10, max: 5}\n",
        &["rate.max: 5 is below start, which is 10; raise it, or lower start"],
    );
}

#[test]
fn waves_that_can_have_no_locations_are_refused() {
    refused(
        "waves:\n- {name: a, select: {count: 0}}\n- {name: b}\n- {name: c, select: {percent: 60}}\n- {name: d, select: {percent: 50}}\n- {name: e, select: {percent: 120}}\n",
        &[
            "waves[0].select: 0 locations are no wave; write at least 1, or remove the wave",
            "waves[1].select: the waves after it would have no locations; say select, or move it to the end",
            "waves[3].select: with the waves before it 110% are more than all; let them add up to at most 100",
            "waves[4].select: 120% is more than all; write at most 100",
        ],
    );
    refused(
        "waves:\n- {name: a, select: {selector: {matchLabels: {tier: x}}}}\n- {name: b, select: {selector: {matchLabels: {tier: x}}}}\n- {name: c, select: {selector: {}}}\n- {name: d}\n",
        &[
            "waves[1].select: wave `a` has taken all of these; remove one of the two, or let them select different labels",
            "waves[3].select: wave `c` leaves nothing; remove this wave, or narrow that one",
        ],
    );
    let narrower = "{matchLabels: {zone: n}, matchExpressions: [{key: tier, operator: In, values: [x]}]}";
    refused(
        &format!(
            "waves:\n- {{name: a, select: {{selector: {{matchLabels: {{tier: x}}}}}}}}\n- {{name: b, select: {{selector: {narrower}}}}}\n"
        ),
        &[
            "waves[1].select: wave `a` has taken all of these; remove one of the two, or let them select different labels",
        ],
    );
    read(&format!(
        "waves:\n- {{name: a, select: {{selector: {narrower}}}}}\n- {{name: b, select: {{selector: {{matchLabels: {{tier: x}}}}}}}}\n"
    ));
    refused(
        "waves: [{name: a, select: {selector: {matchLabels: {'no key!': x}}}}]\n",
        &[
            "waves[0].select.selector.matchLabels[\"no key!\"]: `no key!` is not a label key; use letters, digits, `-`, `_` and `.`, at most 63, with a letter or digit at both ends",
        ],
    );
}

#[test]
fn waves_have_names_of_their_own() {
    refused(
        "waves:\n- {name: a, select: {count: 1}}\n- {name: a, select: {count: 1}}\n- {name: remainder, select: {count: 1}}\n- {name: Big_One}\n",
        &[
            "waves[1].name: another wave is called `a`, too; rename one of them",
            "waves[2].name: this is what the wave of all that is left is called; rename it, or remove select",
            "waves[3].name: `Big_One` is not a DNS label; use 1 to 63 lower-case letters, digits and `-`, with a letter or digit at both ends",
        ],
    );
    assert_eq!(read("waves: [{name: remainder, approval: true}]\n").waves[0].name, "remainder");
}

#[test]
fn a_gate_asks_exactly_one_and_may_ask_it() {
    refused(
        "waves:\n- name: a\n  gates:\n  - {}\n  - {expression: 'true', webhook: {url: 'ftp://x'}}\n  - {expression: ' '}\n  - {request: {subject: trib.v1.gate, timeout: 0s}, interval: 10ms}\n  - {request: {subject: 'gates.*', timeout: 11m}}\n",
        &[
            "waves[0].gates[0]: it asks nobody; add one of expression, request and webhook",
            "waves[0].gates[1]: it asks several at once; make each of them a gate of its own",
            "waves[0].gates[1].webhook.url: `ftp://x` is not a URL; write it as https://example.com/path",
            "waves[0].gates[2].expression: it is empty; write a condition, such as wave.failed == 0",
            "waves[0].gates[3].request.subject: `trib.v1.gate` belongs to the bus; choose another, as in gates.shop",
            "waves[0].gates[3].request.timeout: 0 is over at once; write a duration such as 10m, or remove it",
            "waves[0].gates[3].interval: 10ms is too often; write at least 1s",
            "waves[0].gates[4].request.subject: `gates.*` is not a subject; write words separated by dots, without spaces and wildcards, as in gates.shop",
            "waves[0].gates[4].request.timeout: 11m is longer than 10m; whoever takes longer says no at first, and is asked again after interval",
        ],
    );
}

/// Asserts that this is said of a webhook's URL; nothing, if it is as it should be.
fn told_of_url(url: &str, expected: &str) {
    let gate = format!("waves: [{{name: a, gates: [{{webhook: {{url: '{url}'}}}}]}}]\n");
    let at = format!("waves[0].gates[0].webhook.url: {expected}");
    match expected {
        "" => drop(read(&gate)),
        _ => refused(&gate, &[&at]),
    }
}

#[test]
fn a_webhook_is_asked_at_a_url_that_can_be_right() {
    for url in [
        "http://localhost",
        "http://10.0.0.1:8080/gate?wave=a&token=%20",
        "https://gates.shop_1.example./a/b;c=d",
        "https://[::1]:8443/",
    ] {
        told_of_url(url, "");
    }
    for url in
        ["example.com/gate", "HTTPS://example.com", "https://", "https:///gate", "https://:80", "ftp://x"]
    {
        told_of_url(url, &format!("`{url}` is not a URL; write it as https://example.com/path"));
    }
    for (url, told) in [
        (
            "https://a b.example",
            "`https://a b.example` has ' ' in it, which no URL may have; write such characters percent-encoded, as %20 for a space",
        ),
        (
            "https://a.example/{x}",
            "`https://a.example/{x}` has '{' in it, which no URL may have; write such characters percent-encoded, as %20 for a space",
        ),
        (
            "https://a.example/#x",
            "`https://a.example/#x` has a fragment, which is not sent; remove `#` and what follows",
        ),
        (
            "https://a..example/",
            "`a..example` is not a host; write a name such as gates.example.com, or an address",
        ),
        ("https://[::g]/", "`[::g]` is not a host; write a name such as gates.example.com, or an address"),
        ("https://a.example:0/", "`0` is not a port; write a number from 1 to 65535, or leave it out"),
        ("https://[::1]:+80/", "`+80` is not a port; write a number from 1 to 65535, or leave it out"),
        ("https://a.example:99999", "`99999` is not a port; write a number from 1 to 65535, or leave it out"),
    ] {
        told_of_url(url, told);
    }
    told_of_url(
        &format!("https://a.example/{}", "x".repeat(2048)),
        "the URL has more than 2048 characters; shorten it",
    );
}

#[test]
fn a_password_in_a_url_is_refused_and_not_repeated() {
    for url in [
        "https://me:secret@a.example/",
        "http://secret@a.example",
        "https://a.example:x@b/{",
        "ftp://me:secret@a",
        "me:secret@a",
    ] {
        told_of_url(
            url,
            "the URL has a user or password in it, which readers of the placement would see; take it out: write https://example.com/path, and let the program know who asks by its network",
        );
    }
}

#[test]
fn spans_and_windows_that_make_no_sense_are_refused() {
    refused(
        "waves: [{name: a, soak: 2161h}]\nprogressDeadline: 0s\nwindows:\n- {days: [Mon, Mon], from: '08:00', to: '08:00'}\n- {from: '24:00', to: '08:00'}\n",
        &[
            "waves[0].soak: 2161h is longer than 90 days; check the unit: h, m, s or ms",
            "progressDeadline: 0 is over at once; write a duration such as 10m, or remove it",
            "windows[0].days: Mon is listed twice; keep one of them",
            "windows[0].to: it ends when it begins; to mean the whole day, write from: 00:00 and to: 24:00",
            "windows[1].from: 24:00 is the end of a day; write 00:00, and the next day",
        ],
    );
}

#[test]
fn there_is_a_bound_on_waves_gates_and_windows() {
    let waves: String = (0..101).map(|n| format!("- {{name: w{n}, select: {{count: 1}}}}\n")).collect();
    refused(&format!("waves:\n{waves}"), &["waves: 101 of them; there may be 100; let several be one"]);
    let gates = vec!["{expression: 'true'}"; 17].join(", ");
    refused(
        &format!("waves: [{{name: a, gates: [{gates}]}}]\n"),
        &["waves[0].gates: 17 of them; there may be 16; let several be one"],
    );
    let windows = vec!["{from: '01:00', to: '02:00'}"; 33].join(", ");
    refused(
        &format!("windows: [{windows}]\n"),
        &["windows: 33 of them; there may be 32; let several be one"],
    );
}

const CONTROL: &str = "apiVersion: tributary.dev/v1alpha1\nkind: RolloutControl\nmetadata: {name: p}\nspec:";

#[test]
fn what_people_say_to_a_rollout_is_a_resource_that_names_it() {
    let digest = "ab".repeat(32);
    let text = format!(
        "{CONTROL} {{placementUid: u1, number: 3, paused: true, resumed: 2, approved: [canary], undoTo: {digest}}}\n"
    );
    let resource = parse::documents("f.yaml", &text, "default").unwrap().remove(0).resource;
    let Spec::RolloutControl(spec) = &resource.spec else { panic!("it is a control") };
    assert_eq!(spec.undo_to.map(|digest| digest.to_string()), Some(digest));
    assert_eq!((spec.number, spec.resumed, spec.paused, spec.aborted), (3, 2, true, false));
    let printed = resource.to_manifest().to_string();
    assert_eq!(parse::documents("f.json", &printed, "default").unwrap()[0].resource, resource);
    let plain = format!("{CONTROL} {{placementUid: u1, number: 3}}\n");
    let plain = parse::documents("f.yaml", &plain, "default").unwrap().remove(0).resource;
    assert_eq!(plain.to_manifest()["spec"], json!({"placementUid": "u1", "number": 3}));
}

#[test]
fn what_is_said_to_no_rollout_in_particular_is_refused() {
    let text =
        format!("{CONTROL} {{placementUid: '', number: 0, approved: [A b], aborted: true, undoTo: abc}}\n");
    let found = parse::documents("f.yaml", &text, "default").expect_err("it is refused");
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    for part in [
        "spec.placementUid: it is empty",
        "spec.number: rollouts begin with number 1",
        "`A b` is not a DNS label",
        "spec.undoTo: `abc`, expected a digest",
    ] {
        assert!(told.iter().any(|line| line.contains(part)), "{part}: {told:#?}");
    }
}
