//! More than is allowed, of everything.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use super::{bounded, check, config_map, folder, nothing_was_done};
use crate::fleet::{Fleet, placement};

#[tokio::test]
async fn a_file_of_a_hundred_megabytes_is_refused_without_being_taken_in_whole() {
    let fleet = Fleet::start().await;
    let (_kept, path) = folder(&[]);
    let file = path.join("huge.yaml");
    let mut writer = BufWriter::new(File::create(&file).unwrap());
    let line = format!("# {}\n", "x".repeat(1022));
    (0..100 << 10).for_each(|_| writer.write_all(line.as_bytes()).unwrap());
    writer.flush().unwrap();
    let said = ["huge.yaml:1:", "a file may have 64 MiB", "split it"];
    check(&bounded(&fleet, &["apply", "-f", file.to_str().unwrap()]), 1, &said);
    nothing_was_done(&fleet);
}

#[tokio::test]
async fn an_apply_above_a_limit_is_refused_whole_and_the_limit_is_told() {
    let fleet = Fleet::start().await;
    let right = config_map("right", "1");
    let large = config_map("large", &"x".repeat(2 << 20));
    let (_kept, path) = folder(&[("right.yaml", right.as_bytes()), ("large.yaml", large.as_bytes())]);
    let said = ["large.yaml:1:", "an object may have 1572864", "split it"];
    check(&bounded(&fleet, &["apply", "-f", path.to_str().unwrap()]), 1, &said);

    let heavy: Vec<_> = (0..50).map(|n| config_map(&format!("heavy-{n}"), &"x".repeat(1400 << 10))).collect();
    let names: Vec<_> = (0..50).map(|n| format!("heavy-{n}.yaml")).collect();
    let files: Vec<_> = names.iter().map(String::as_str).zip(heavy.iter().map(String::as_bytes)).collect();
    let (_kept, path) = folder(&files);
    let said = ["more than a gateway takes in one request", "64 MiB", "fewer files"];
    check(&bounded(&fleet, &["apply", "-f", path.to_str().unwrap()]), 1, &said);

    let expression = format!("${{'{}'}}", "y".repeat(5000));
    let long = config_map("long", &expression)
        .replace("labels:", "annotations: {tributary.dev/expand: \"true\"}, labels:");
    let (_kept, path) = folder(&[("right.yaml", right.as_bytes()), ("long.yaml", long.as_bytes())]);
    let output = bounded(&fleet, &["apply", "-f", path.to_str().unwrap()]);
    check(&output, 1, &["long.yaml:1: ConfigMap shop/long", "data.version", "longer than 4096 bytes"]);
    assert!(output.stderr.len() < 1000, "{}", String::from_utf8_lossy(&output.stderr));
    nothing_was_done(&fleet);
}

#[tokio::test]
async fn a_dry_run_shows_a_large_manifest_as_it_was_sent() {
    let fleet = Fleet::start().await;
    // A new one, and one that differs from what is kept.
    for letter in ["x", "y"] {
        let value = letter.repeat(300 << 10);
        let (_kept, path) = folder(&[("large.yaml", config_map("large", &value).as_bytes())]);
        let apply = ["apply", "-f", path.to_str().unwrap()];
        let shown = fleet.succeed(&[&apply[..], &["--dry-run", "-o", "json"]].concat());
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert!(shown["items"][0]["data"]["version"] == value, "not the one of {letter}");
        fleet.succeed(&apply);
    }
}

#[tokio::test]
async fn an_object_that_is_too_large_fails_alone_and_the_placement_says_so() {
    let fleet = Fleet::start().await;
    // 300 times 8,000 characters, once rendered.
    let leaves: String = (0..300).map(|n| format!("  k{n}: \"${{location.properties.text}}\"\n")).collect();
    let growing = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  {{name: growing, namespace: shop, labels: {{app: shop}}, \
         annotations: {{tributary.dev/expand: \"true\"}}}}\ndata:\n{leaves}"
    );
    let texts = [("store-1", "eu", 8_000), ("store-2", "eu", 1), ("store-3", "us", 1)];
    let stores = texts.map(|(store, region, length)| {
        let properties = format!("properties: {{text: {}}}", "x".repeat(length));
        crate::fleet::location(store, region).replace("properties: {city: Ghent}", &properties)
    });
    let documents = [growing, config_map("small", "1"), placement("shop", "shop")];
    fleet.apply(&stores.into_iter().chain(documents).collect::<Vec<_>>().join("\n---\n"));
    fleet.eventually_everywhere("ConfigMap small", "/data/version", Some("1")).await;
    fleet.eventually_on_disk("store-2", "ConfigMap growing", "/data/k0", Some("x")).await;
    let output = fleet.run(&["wait", "placement/shop", "--for", "healthy", "--timeout", "5s"]);
    let said = [
        "2 of 3 locations are healthy",
        "1 failed",
        "store-1",
        "ConfigMap shop/growing",
        "of at most 1572864",
    ];
    check(&output, 1, &said);
    for command in [&["describe", "placement", "shop"][..], &["events", "placement/shop"]] {
        assert!(fleet.succeed(command).contains("TooLarge"), "{command:?}");
    }
    fleet.verify().await;
}
