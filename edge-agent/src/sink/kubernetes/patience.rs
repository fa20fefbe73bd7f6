//! An API server that is too busy to answer, where nothing can be done before it does.

use std::time::Duration;

use tokio::time::sleep;

use super::refusal;
use crate::{Error, timing};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Asks, and asks again for as long as the answer is to come back later. An agent that gave up would be started again only to
/// ask the same.
///
/// # Errors
/// Whatever else is answered.
pub async fn patiently<T, F>(ask: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut attempts = 0;
    loop {
        match ask().await {
            Err(error) if refusal::is(&error, "TooManyRequests") => {
                tracing::debug!(%error, "asking again later");
                sleep(timing::backoff(FIRST, LONGEST, attempts)).await;
                attempts = attempts.saturating_add(1);
            }
            answer => return answer,
        }
    }
}
