//! Against real servers on this machine, well-behaved and others.

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{any, post};
use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::*;

/// Far more than anything takes here.
const LONG: Duration = Duration::from_secs(30);
const YES: &str = r#"{"allow": true}"#;

/// Serves until the test ends; its URL.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Reads what it is sent and answers every connection with these bytes; its address.
async fn say(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            if stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {
                stream.write_all(bytes).await.ok();
            }
        }
    });
    address
}

async fn ask(url: &str) -> Heard {
    Webhooks::new().ask(url, Bytes::from_static(b"{}"), LONG).await
}

/// What is heard of a program that answers with this status.
async fn answering(status: u16) -> Heard {
    let status = StatusCode::from_u16(status).unwrap();
    ask(&serve(Router::new().route("/", any(move || async move { (status, YES) }))).await).await
}

fn wrong(heard: Heard) -> String {
    match heard {
        Heard::Wrong(what) => what,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_question_is_posted_as_json_and_its_answer_heard() {
    let echo = async |headers: HeaderMap, body: Bytes| {
        let named = |name: &str| headers[name].to_str().unwrap().to_owned();
        [&named("content-type"), " ", &named("user-agent"), " ", &String::from_utf8_lossy(&body)].concat()
    };
    let url = serve(Router::new().route("/gate", post(echo))).await;
    let question = Bytes::from_static(br#"{"wave": "canary"}"#);
    let heard = Webhooks::new().ask(&format!("{url}/gate?token=x"), question, LONG).await;
    let Heard::Answer(echoed) = heard else { panic!("{heard:?}") };
    let expected =
        format!(r#"application/json tributary-placement/{} {{"wave": "canary"}}"#, env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&echoed), expected);
}

#[tokio::test]
async fn a_status_tells_an_answer_from_a_mistake_and_from_nobody() {
    for status in [200, 201] {
        assert_eq!(answering(status).await, Heard::Answer(Bytes::from_static(YES.as_bytes())));
    }
    for status in [400, 401, 404, 405, 500, 501] {
        let what = wrong(answering(status).await);
        assert!(what.starts_with(&format!("answered {status} ")), "{what}");
    }
    for status in [502, 503, 504] {
        assert!(
            matches!(answering(status).await, Heard::Absent(why) if why.starts_with(&status.to_string()))
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = serve(Router::new().route("/", any(async || YES))).await;
    let redirect = move || async move { Redirect::temporary(&elsewhere).into_response() };
    let what = wrong(ask(&serve(Router::new().route("/", any(redirect))).await).await);
    assert!(what.starts_with("answered 307 Temporary Redirect; redirects are not followed"), "{what}");
}

#[tokio::test]
async fn an_answer_without_end_is_none() {
    let long = async || vec![b' '; MAX_ANSWER + 1];
    let url = serve(Router::new().route("/", any(long))).await;
    assert_eq!(ask(&url).await, Heard::Wrong("answered more than 64 KiB".to_owned()));
}

#[tokio::test]
async fn who_is_not_there_or_goes_away_does_not_answer() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let heard = ask(&format!("http://{gone}")).await;
    assert!(matches!(&heard, Heard::Absent(why) if why.contains("refused")), "{heard:?}");
    for url in [format!("http://{}", say(b"").await), "http://gates.invalid".to_owned()] {
        let heard = ask(&url).await;
        assert!(matches!(heard, Heard::Absent(_) | Heard::Late), "{url}: {heard:?}");
    }
    let never = serve(Router::new().route("/", any(std::future::pending::<()>))).await;
    let short = Duration::from_millis(50);
    assert_eq!(Webhooks::new().ask(&never, Bytes::new(), short).await, Heard::Late);
}

#[tokio::test]
async fn who_speaks_something_else_answers_wrongly() {
    let address = say(b"-ERR unknown command\r\n\r\n").await;
    let what = wrong(ask(&format!("http://{address}")).await);
    assert!(what.starts_with("does not speak HTTP: "), "{what}");
    let what = wrong(ask(&format!("https://{address}")).await);
    assert!(what.starts_with("is not trusted: "), "{what}");
    let address = say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
    let what = wrong(ask(&format!("http://{address}")).await);
    assert!(what.starts_with("broke off its answer"), "{what}");
}

/// Shows a certificate that only it vouches for itself; its URL.
async fn unvouched() -> String {
    let key = KeyPair::generate().unwrap();
    let shown = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![shown.der().clone()], key).unwrap();
    let (acceptor, listener) =
        (TlsAcceptor::from(std::sync::Arc::new(config)), TcpListener::bind("127.0.0.1:0"));
    let listener = listener.await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            acceptor.accept(stream).await.ok();
        }
    });
    format!("https://localhost:{port}")
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_named() {
    let what = wrong(ask(&unvouched().await).await);
    assert!(what.starts_with("is not trusted: invalid peer certificate"), "{what}");
}
