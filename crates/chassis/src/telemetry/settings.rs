//! What the standard `OTEL_*` variables ask for, and which of their values mean nothing.
//!
//! Decided on the environment alone, before anything is built. As the OpenTelemetry specification wants it: an empty
//! variable is as good as none; a value of a list, a number or a flag that is not known is ignored with a warning. One
//! thing differs: without an endpoint and without `OTEL_*_EXPORTER=otlp` nothing is exported, where the specification
//! would send to this machine; a process should not talk to a port that nobody named.

use std::time::Duration;

use opentelemetry_otlp::Protocol;

/// Which signals leave the process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `None`: not at all.
    pub traces: Option<Export>,
    pub metrics: Option<Export>,
    /// What was ignored, for people.
    pub warnings: Vec<String>,
}

/// How one signal leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Export {
    pub protocol: Protocol,
    /// Of one request.
    pub timeout: Duration,
    /// Whether the endpoint is one of `https`.
    pub secure: bool,
}

/// The specification's timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Numbers that the SDK reads; it ignores others in silence.
const NUMBERS: [&str; 10] = [
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_METRIC_EXPORT_TIMEOUT",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
];
const SAMPLERS: [&str; 6] = [
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];

impl Settings {
    /// `env` is the environment.
    pub(crate) fn read(env: impl Fn(&str) -> Option<String>) -> Settings {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let mut reader = Reader { env: &env, warnings: Vec::new() };
        let disabled = reader.flag("OTEL_SDK_DISABLED");
        let (traces, metrics) = (reader.signal("TRACES"), reader.signal("METRICS"));
        if !disabled {
            NUMBERS.into_iter().for_each(|name| reader.number(name));
            reader.sampler();
            reader.attributes();
        }
        Settings {
            traces: traces.filter(|_| !disabled),
            metrics: metrics.filter(|_| !disabled),
            warnings: reader.warnings,
        }
    }
}

struct Reader<'a> {
    env: &'a dyn Fn(&str) -> Option<String>,
    warnings: Vec<String>,
}

impl Reader<'_> {
    fn ignore(&mut self, name: &str, value: &str, instead: &str) {
        let warning = format!("{name}: `{value}` is not known and ignored; {instead}");
        // Both signals read the general variables.
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn flag(&mut self, name: &str) -> bool {
        let value = (self.env)(name).unwrap_or_default();
        if !value.is_empty() && !value.eq_ignore_ascii_case("true") && !value.eq_ignore_ascii_case("false") {
            self.ignore(name, &value, "true or false");
        }
        value.eq_ignore_ascii_case("true")
    }

    /// How `TRACES` or `METRICS` leave, if they do.
    fn signal(&mut self, signal: &str) -> Option<Export> {
        let endpoint = self.otlp(signal, "ENDPOINT").into_iter().next();
        let wanted = self.exporter(&format!("OTEL_{signal}_EXPORTER")).unwrap_or(endpoint.is_some());
        wanted.then(|| Export {
            protocol: self.protocol(signal),
            timeout: self.timeout(signal),
            secure: endpoint.is_some_and(|(_, endpoint)| endpoint.starts_with("https:")),
        })
    }

    /// The values of a variable, the signal's own before the general one.
    fn otlp(&self, signal: &str, name: &str) -> Vec<(String, String)> {
        let names = [format!("OTEL_EXPORTER_OTLP_{signal}_{name}"), format!("OTEL_EXPORTER_OTLP_{name}")];
        names.into_iter().filter_map(|name| (self.env)(&name).map(|value| (name, value))).collect()
    }

    fn timeout(&self, signal: &str) -> Duration {
        let numbers = self.otlp(signal, "TIMEOUT").into_iter().filter_map(|(_, value)| value.parse().ok());
        numbers.map(Duration::from_millis).next().unwrap_or(TIMEOUT)
    }

    /// Whether `otlp` is among the exporters; `None`: nothing was said that is known.
    fn exporter(&mut self, name: &str) -> Option<bool> {
        let value = (self.env)(name)?;
        let mut said = None;
        for one in value.split(',').map(str::trim) {
            match one {
                "otlp" => said = Some(true),
                // `/metrics` is served in any case.
                "none" | "prometheus" => said = said.or(Some(false)),
                other => self.ignore(name, other, "otlp or none"),
            }
        }
        said
    }

    /// The specification's default is `http/protobuf`.
    fn protocol(&mut self, signal: &str) -> Protocol {
        for (name, value) in self.otlp(signal, "PROTOCOL") {
            match value.as_str() {
                "grpc" => return Protocol::Grpc,
                "http/protobuf" => return Protocol::HttpBinary,
                other => self.ignore(&name, other, "grpc or http/protobuf"),
            }
        }
        Protocol::HttpBinary
    }

    fn number(&mut self, name: &str) {
        if let Some(value) = (self.env)(name).filter(|value| value.parse::<u64>().is_err()) {
            self.ignore(name, &value, "a whole number");
        }
    }

    fn sampler(&mut self) {
        let Some(value) = (self.env)("OTEL_TRACES_SAMPLER") else { return };
        if !SAMPLERS.contains(&value.as_str()) {
            return self.ignore("OTEL_TRACES_SAMPLER", &value, &SAMPLERS.join(", "));
        }
        let ratio = (self.env)("OTEL_TRACES_SAMPLER_ARG").unwrap_or_default();
        let valid = ratio.parse().is_ok_and(|ratio: f64| (0.0..=1.0).contains(&ratio));
        if value.ends_with("traceidratio") && !valid {
            self.ignore("OTEL_TRACES_SAMPLER_ARG", &ratio, "a number from 0 to 1; everything is sampled");
        }
    }

    fn attributes(&mut self) {
        let value = (self.env)("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
        for pair in value.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            if pair.split_once('=').is_none_or(|(key, _)| key.trim().is_empty()) {
                self.ignore("OTEL_RESOURCE_ATTRIBUTES", pair, "key=value,key=value");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Export = Export { protocol: Protocol::HttpBinary, timeout: TIMEOUT, secure: false };
    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");

    fn read(variables: &[(&str, &str)]) -> Settings {
        let found = |name: &str| variables.iter().find(|(key, _)| *key == name);
        Settings::read(|name| found(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn nothing_is_exported_unless_asked_for() {
        let nothing = Settings { traces: None, metrics: None, warnings: vec![] };
        assert_eq!(read(&[]), nothing);
        assert_eq!(read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), nothing);
        assert_eq!(read(&[ENDPOINT, ("OTEL_SDK_DISABLED", "True")]), nothing);
    }

    #[test]
    fn each_signal_is_switched_by_its_own_variables() {
        let settings = read(&[ENDPOINT, ("OTEL_TRACES_EXPORTER", "none")]);
        assert_eq!((settings.traces, settings.metrics), (None, Some(USUAL)));
        let settings = read(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:4318/v1/traces")]);
        assert_eq!((settings.traces, settings.metrics), (Some(USUAL), None));
        let settings = read(&[("OTEL_METRICS_EXPORTER", "otlp,prometheus")]);
        assert_eq!((settings.traces, settings.metrics), (None, Some(USUAL)));
    }

    #[test]
    fn the_signals_own_protocol_stands_before_the_general_one() {
        let general = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        let settings = read(&[ENDPOINT, general, ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf")]);
        let grpc = Export { protocol: Protocol::Grpc, ..USUAL };
        assert_eq!((settings.traces, settings.metrics), (Some(grpc), Some(USUAL)));
    }

    #[test]
    fn a_timeout_is_in_milliseconds_and_an_endpoint_may_be_secure() {
        let endpoint = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector:4318/v1/traces");
        let settings = read(&[endpoint, ENDPOINT, ("OTEL_EXPORTER_OTLP_TIMEOUT", "250")]);
        let timeout = Duration::from_millis(250);
        assert_eq!(settings.traces, Some(Export { timeout, secure: true, ..USUAL }));
        assert_eq!(settings.metrics, Some(Export { timeout, ..USUAL }));
    }

    #[test]
    fn a_value_that_is_not_known_is_ignored_and_said() {
        for (name, value) in [
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
            ("OTEL_SDK_DISABLED", "1"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_BSP_SCHEDULE_DELAY", "5s"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment"),
        ] {
            let settings = read(&[ENDPOINT, (name, value)]);
            assert_eq!(settings.traces, Some(USUAL), "{name}={value}");
            let [warning] = settings.warnings.as_slice() else { panic!("{:?}", settings.warnings) };
            assert!(warning.starts_with(name) && warning.contains(&format!("`{value}`")), "{warning}");
        }
    }

    #[test]
    fn a_ratio_has_to_be_one() {
        let sampler = ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
        assert_eq!(read(&[ENDPOINT, sampler, ("OTEL_TRACES_SAMPLER_ARG", "0.25")]).warnings, [""; 0]);
        for wrong in ["", "often", "2"] {
            assert_eq!(read(&[ENDPOINT, sampler, ("OTEL_TRACES_SAMPLER_ARG", wrong)]).warnings.len(), 1);
        }
    }
}
