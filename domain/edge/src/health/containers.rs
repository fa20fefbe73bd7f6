//! What is wrong with one container of a pod.

use serde_json::Value;

use super::condition::condition;
use super::value::{list, number, reason, text, words};
use super::why::Outlook;

/// A container that does not run as it should.
#[derive(Clone, Debug)]
pub struct Trouble<'a> {
    pub outlook: Outlook,
    pub reason: &'a str,
    /// Empty when it concerns the whole pod.
    pub container: String,
    pub words: String,
}

/// The worst of a pod's containers; of equally bad ones the first, in the order in which they start.
pub fn worst(pod: &Value) -> Option<Trouble<'_>> {
    let troubles =
        statuses(pod).filter_map(|(kind, status)| Some(trouble(pod, status)?.within(kind, status)));
    troubles.reduce(|worst, next| if next.outlook > worst.outlook { next } else { worst })
}

/// How the first container that failed for good has ended.
pub fn failure(pod: &Value) -> Option<Trouble<'_>> {
    let mut ended = statuses(pod).map(|(kind, status)| (kind, status, &status["state"]["terminated"]));
    let (kind, status, terminated) = ended.find(|(_, _, terminated)| exit_code(terminated) != 0)?;
    Some(Trouble::new(Outlook::Over, "PodFailed", ending(terminated)).within(kind, status))
}

fn statuses(pod: &Value) -> impl Iterator<Item = (&'static str, &Value)> {
    let of = |kind, field: &str| list(&pod["status"][field]).iter().map(move |status| (kind, status));
    of("init container", "initContainerStatuses").chain(of("container", "containerStatuses"))
}

fn trouble<'a>(pod: &'a Value, status: &'a Value) -> Option<Trouble<'a>> {
    waiting(status)
        .or_else(|| ended(status))
        .or_else(|| looping(pod, status))
        .or_else(|| initializing(pod, status))
}

/// It waits, and the kubelet says for what.
fn waiting(status: &Value) -> Option<Trouble<'_>> {
    let waiting = status["state"].get("waiting").filter(|waiting| waiting.is_object())?;
    let (said, message) = (text(&waiting["reason"]), text(&waiting["message"]));
    Some(match said {
        "CrashLoopBackOff" => crash_loop(&status["lastState"]["terminated"], message),
        "ErrImagePull" | "ImagePullBackOff" => {
            Trouble::new(Outlook::Stuck, "ImagePullBackOff", pull_error(message).to_owned())
        }
        said if is_stuck(said) => {
            Trouble::new(Outlook::Stuck, reason(said, "ContainerError"), message.to_owned())
        }
        said => Trouble::new(Outlook::Starting, reason(said, "ContainerWaiting"), message.to_owned()),
    })
}

/// The kubelet's reasons for what it tries again and again; the others are steps of a start.
fn is_stuck(reason: &str) -> bool {
    let ending = ["Error", "BackOff", "Failed"].into_iter().any(|end| reason.ends_with(end));
    ending || reason.starts_with("Err") || reason == "InvalidImageName"
}

/// A pull that failed and the pause after it take turns, and the latter quotes the former: told as one, the status of
/// an image that cannot be had does not change every few seconds.
fn pull_error(message: &str) -> &str {
    message.split_once("ErrImagePull: ").map_or(message, |(_, error)| error)
}

/// It has ended with an error. A second time, it is a loop whose next pause has not begun yet.
fn ended(status: &Value) -> Option<Trouble<'_>> {
    let terminated = &status["state"]["terminated"];
    let failed = exit_code(terminated) != 0;
    failed.then(|| match number(&status["restartCount"]) {
        1.. => crash_loop(terminated, ""),
        _ => Trouble::new(Outlook::Blocked, "ContainerFailed", ending(terminated)),
    })
}

/// It runs between two crashes: it has not been ready since it was started, and had failed twice before. Told as the
/// loop that it is, its status does not change with every turn.
fn looping<'a>(pod: &'a Value, status: &'a Value) -> Option<Trouble<'a>> {
    let (running, last) =
        (text(&status["state"]["running"]["startedAt"]), &status["lastState"]["terminated"]);
    let ready_until = condition(pod, "Ready")?.since();
    let never_ready = !ready_until.is_empty() && ready_until <= running && status["ready"] == false;
    let fails = number(&status["restartCount"]) >= 2 && exit_code(last) != 0;
    (never_ready && fails).then(|| crash_loop(last, ""))
}

/// An init container that runs; sidecars among them do so for ever, but not in a pod that is pending.
fn initializing<'a>(pod: &'a Value, status: &'a Value) -> Option<Trouble<'a>> {
    let runs = status["state"]["running"].is_object() && text(&pod["status"]["phase"]) == "Pending";
    let ready = status["ready"] == true;
    (runs && !ready).then(|| Trouble::new(Outlook::Starting, "ContainerStarting", "still running".to_owned()))
}

/// The pause grows with every turn, and so does the number of restarts: neither is told.
fn crash_loop<'a>(last: &'a Value, otherwise: &'a str) -> Trouble<'a> {
    let words = if last.is_object() { format!("last {}", ending(last)) } else { otherwise.to_owned() };
    Trouble::new(Outlook::Stuck, "CrashLoopBackOff", words)
}

fn ending(terminated: &Value) -> String {
    let reason = words(text(&terminated["reason"]), "Error");
    let ending = format!("exit code {} ({reason})", exit_code(terminated));
    match text(&terminated["message"]).trim() {
        "" => ending,
        message => format!("{ending}: {message}"),
    }
}

fn exit_code(terminated: &Value) -> i64 {
    number(&terminated["exitCode"])
}

impl<'a> Trouble<'a> {
    pub fn new(outlook: Outlook, reason: &'a str, words: String) -> Self {
        Self { outlook, reason, container: String::new(), words }
    }

    fn within(self, kind: &str, status: &Value) -> Self {
        Self { container: format!("{kind} {}", text(&status["name"])), ..self }
    }
}
