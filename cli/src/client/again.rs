//! Calls again what the gateway refused because it had too much to do: it says when, and nothing of it has been done.

use std::time::Duration;

use tonic::{Response, Status};

/// After so many refusals in a row it is better to say so than to wait on.
const ATTEMPTS: usize = 20;

/// The answer of a call that is made until the gateway takes it.
pub async fn until_taken<T, F>(mut call: impl FnMut() -> F) -> Result<Response<T>, Status>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    for _ in 1..ATTEMPTS {
        let answer = call().await;
        let Some(pause) = answer.as_ref().err().and_then(pushback) else { return answer };
        // As long as the gateway has said: it is full, and nothing tells when it is not.
        tokio::time::sleep(pause).await;
    }
    call().await
}

/// When to come again, as gRPC has servers say it. `None`: not without having changed something.
fn pushback(status: &Status) -> Option<Duration> {
    let ms = status.metadata().get("grpc-retry-pushback-ms")?.to_str().ok()?;
    ms.parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(pushback: Option<&'static str>) -> Status {
        let mut status = Status::resource_exhausted("too much to do");
        if let Some(pushback) = pushback {
            status.metadata_mut().insert("grpc-retry-pushback-ms", pushback.parse().unwrap());
        }
        status
    }

    /// How often it is called, of which the first `refused` times are refusals; and whether it is taken.
    async fn called(refused: usize, pushback: Option<&'static str>) -> (usize, bool) {
        let mut calls = 0;
        let answer = until_taken(|| {
            calls += 1;
            std::future::ready(if calls > refused { Ok(Response::new(())) } else { Err(refusal(pushback)) })
        });
        let taken = answer.await.is_ok();
        (calls, taken)
    }

    #[tokio::test]
    async fn a_call_is_made_again_when_the_gateway_says_so_and_not_for_ever() {
        assert_eq!(called(0, None).await, (1, true));
        assert_eq!(called(3, Some("0")).await, (4, true));
        assert_eq!(called(3, None).await, (1, false), "nothing says that it may be");
        assert_eq!(called(usize::MAX, Some("0")).await, (ATTEMPTS, false));
    }
}
