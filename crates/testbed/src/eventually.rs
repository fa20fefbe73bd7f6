//! Waiting for a state instead of sleeping.

use std::fmt::Display;
use std::time::Duration;

use anyhow::bail;
use tokio::time::{Instant, sleep};

/// Between two looks: short against what is waited for, long against what a look costs.
const PAUSE: Duration = Duration::from_millis(20);

/// Characters of a state that are shown: of a larger one, the beginning and the end.
const SHOWN: usize = 4_000;

/// Looks at a state until it is as wanted, and returns what `look` made of it.
///
/// `look` returns `Err` with the state that it saw while that is not yet the wanted one. When `timeout` is
/// over, the error says what was awaited and the last state seen.
pub async fn eventually<T, S, F>(what: &str, timeout: Duration, mut look: F) -> anyhow::Result<T>
where
    S: Display,
    F: AsyncFnMut() -> Result<T, S>,
{
    let deadline = Instant::now() + timeout;
    let mut last = "nothing was seen: the first look took too long".to_owned();
    loop {
        match tokio::time::timeout_at(deadline, look()).await {
            Ok(Ok(wanted)) => return Ok(wanted),
            Ok(Err(state)) => last = state.to_string(),
            Err(_) => break,
        }
        if Instant::now() + PAUSE > deadline {
            break;
        }
        sleep(PAUSE).await;
    }
    bail!("not within {timeout:?}: {what}; last state: {}", shortened(&last))
}

fn shortened(state: &str) -> String {
    let length = state.chars().count();
    if length <= SHOWN {
        return state.to_owned();
    }
    let beginning: String = state.chars().take(SHOWN / 2).collect();
    let end: String = state.chars().skip(length - SHOWN / 2).collect();
    format!("{beginning} [... {} characters ...] {end}", length - SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_state_that_comes_true_is_returned() {
        let mut looks = 0;
        let seen = eventually("three looks", Duration::from_secs(5), async || {
            looks += 1;
            if looks == 3 { Ok(looks) } else { Err(format!("{looks} looks")) }
        });
        assert_eq!(seen.await.unwrap(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_state_that_never_comes_true_is_shown() {
        let never = eventually("the river to flow uphill", Duration::from_secs(5), async || {
            Err::<(), _>("it flows downhill")
        });
        let error = never.await.unwrap_err().to_string();
        assert_eq!(error, "not within 5s: the river to flow uphill; last state: it flows downhill");
    }

    #[test]
    fn a_large_state_is_shown_by_its_ends() {
        let shown = shortened(&format!("begin{}end", "é".repeat(100_000)));
        assert!(shown.starts_with("beginéé") && shown.ends_with("ééend"), "{shown}");
        assert!(shown.chars().count() < SHOWN + 40, "{shown}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_hangs_does_not_outlast_the_timeout() {
        let never = eventually("an answer", Duration::from_secs(1), async || {
            std::future::pending::<Result<(), &str>>().await
        });
        assert!(never.await.unwrap_err().to_string().contains("an answer"));
    }
}
