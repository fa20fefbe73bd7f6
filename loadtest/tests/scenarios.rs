//! Every scenario against the real stack, small: what must be true of the figures, never how long anything took.

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use serde_json::Value;
    use testbed::Process;

    /// Far more than it takes; a run that needs it has failed.
    const SOON: Duration = Duration::from_secs(240);
    const SCENARIOS: [&str; 12] = [
        "change",
        "raw",
        "narrow",
        "rollout",
        "placement",
        "list",
        "status",
        "churn",
        "storage",
        "reconnect",
        "restart",
        "soak",
    ];
    /// Of two hundred locations; five of each hundred have no agent.
    const LIVE: u64 = 190;

    #[tokio::test]
    async fn nothing_is_lost_in_any_scenario() {
        let small = ["--regions=2", "--offline=5", "--waves=4", "--choices=5"];
        let figures = run(&small, &SCENARIOS).await;
        for scenario in SCENARIOS {
            let of = Of { figures: &figures, scenario };
            of.is("locations", 200);
            if !["storage", "raw"].contains(&scenario) {
                of.is("lost", 0);
            }
        }
        Of { figures: &figures, scenario: "raw" }.there(&["raw_s", "ratio_to_raw", "raw_document_bytes"]);
        changes(&figures);
        waves(&figures);
        decisions(&figures);
        lists(&figures);
        restarts(&figures);
        Of { figures: &figures, scenario: "storage" }.there(&[
            "hub_bytes_per_location_placement",
            "hub_bytes_per_location_declared",
            "bytes_per_location.desired-r1",
            "disk_mb",
        ]);
    }

    #[tokio::test]
    async fn nothing_is_lost_by_agents_that_rest() {
        let dense =
            ["--regions=2", "--offline=5", "--connections=2", "--shared-blob-cache", "--rest-after=100ms"];
        let scenarios = ["change", "status", "narrow", "reconnect"];
        let figures = run(&dense, &scenarios).await;
        for scenario in scenarios {
            Of { figures: &figures, scenario }.is("lost", 0);
        }
    }

    fn changes(figures: &Value) {
        let of = |scenario| Of { figures, scenario };
        of("change").there(&["change_summary_true_s", "change_applied_p50_s", "hub_cpu_us_per_location"]);
        let narrow = of("narrow").number("narrow_locations");
        assert!((80..=100).contains(&narrow), "{narrow} of the narrow placement's hundred are live");
        of("narrow").there(&["narrow_p50_s", "narrow_p99_s", "narrow_max_s", "narrow_summary_true_s"]);
        of("status").there(&[
            "status_updates_per_s",
            "status_lag_p50_s",
            "status_lag_p99_s",
            "status_settled_s",
        ]);
        of("churn").there(&["location_updates_per_s", "churn_lag_s"]);
        assert!(of("churn").number("churn_updates") >= 200);
        of("reconnect").there(&["reconnect_s", "reconnect_peak_mb.nats", "reconnect_peak_mb.host-0"]);
        assert!(of("soak").number("soak_actions") > 0);
        of("soak").there(&["soak_rss_growth_mb.nats", "soak_seed"]);
    }

    fn waves(figures: &Value) {
        let of = Of { figures, scenario: "rollout" };
        of.is("rollout_waves", 4);
        of.there(&["rollout_at_once_s", "rollout_in_waves_s", "rollout_ratio", "rollout_wave_p50_s"]);
    }

    fn decisions(figures: &Value) {
        let of = Of { figures, scenario: "placement" };
        of.is("placement_best_locations", 20);
        of.is("choices", 5);
        for kind in ["selector", "expression", "best"] {
            of.there(&[&format!("placement_first_s.{kind}"), &format!("plan_s.{kind}")]);
        }
        for turn in ["unread", "read", "lost"] {
            of.there(&[&format!("placement_change_cpu_ms.{turn}"), &format!("choices_change_cpu_ms.{turn}")]);
        }
        of.there(&["placement_change_decided_p50_ms.lost", "choices_first_s", "choices_restart_decided_s"]);
    }

    fn lists(figures: &Value) {
        let of = Of { figures, scenario: "list" };
        of.is("list_all_found", 200);
        of.is("list_first_page_found", 200);
        of.is("filter_found", 0);
        of.is("filter_region_found", 100);
        of.there(&["list_all_ms", "list_first_page_ms", "filter_ms"]);
        assert_eq!(of.figure("list_600_ms"), &Value::Null, "there are no 600 to list");
    }

    fn restarts(figures: &Value) {
        let of = Of { figures, scenario: "restart" };
        for process in ["placement", "translation", "summarization", "gateway", "nats"] {
            of.there(&[&format!("restart_{process}_s"), &format!("restart_{process}_correct_s")]);
        }
    }

    async fn run(fleet: &[&str], scenarios: &[&str]) -> Value {
        let folder = tempfile::tempdir().unwrap();
        let json = folder.path().join("figures.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tributary-loadtest"));
        command.args(["run", "--locations=200", "--objects=3"]).args(fleet);
        command.args([
            "--duration=2s",
            "--heartbeat=1s",
            "--timeout=60s",
            "--scenario",
            &scenarios.join(","),
        ]);
        command.arg("--json").arg(&json);
        let mut process = Process::spawn("tributary-loadtest", command, None).unwrap();
        let status = process.ended(SOON).await.unwrap();
        assert!(status.success(), "{status}\n{}", process.output(60));
        let figures = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
        at_start(&process, &figures);
        figures
    }

    fn at_start(process: &Process, figures: &Value) {
        let said = process.output(1000);
        assert!(said.contains(&format!("200 locations, {LIVE} of them live")), "{said}");
        Of { figures, scenario: "start" }.there(&["declared_s", "attached_s", "placed_s"]);
    }

    /// The figures of one scenario.
    struct Of<'a> {
        figures: &'a Value,
        scenario: &'a str,
    }

    impl Of<'_> {
        fn figure(&self, name: &str) -> &Value {
            &self.figures[self.scenario][name]
        }

        fn number(&self, name: &str) -> u64 {
            let figure = self.figure(name);
            figure.as_u64().unwrap_or_else(|| panic!("{name} of {} is {figure}", self.scenario))
        }

        fn is(&self, name: &str, value: u64) {
            assert_eq!(self.number(name), value, "{name} of {}", self.scenario);
        }

        /// Measured, whatever it is.
        fn there(&self, names: &[&str]) {
            for name in names {
                assert!(self.figure(name).is_number(), "{name} of {} is absent", self.scenario);
            }
        }
    }
}
