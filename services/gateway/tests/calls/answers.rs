//! What the gateway tells of rows that services write, against a real server; the services are not needed for it.

use crate::support::{Hub, location, placement, regions, rows};
use tonic::{Code, transport::Endpoint};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use wire::api;

#[tokio::test]
async fn a_state_is_current_once_decisions_and_summary_account_for_the_change() {
    let mut hub = Hub::start().await;
    let mut all = regions();
    all.extend([location("fra-1", "de", "gold"), placement()]);
    let watermark = hub.apply(all).await.unwrap().watermark;
    hub.status("the placement without a rollout", |status| status.rollout.is_none() && !status.current).await;

    let seq = rows::decide(&hub, &["fra-1"]).await;
    rows::complete(&hub, watermark.clone()).await;
    hub.status("decided, not counted", |status| status.rollout.is_some() && !status.current).await;
    rows::summarize(&hub, seq - 1, 0).await;
    hub.status("counted too early", |status| status.summary.is_some() && !status.current).await;
    rows::summarize(&hub, seq, 0).await;
    let request = api::GetStatusRequest { placement: "shop".into(), watermark, ..Default::default() };
    let status = hub.client.get_status(request).await.unwrap().into_inner().status.unwrap();
    assert!(status.current);
    assert_eq!(status.summary.unwrap().total.unwrap().healthy, 1);
}

#[tokio::test]
async fn a_state_that_does_not_come_is_a_deadline_that_says_who_is_behind() {
    let mut hub = Hub::start().await;
    let watermark = hub.apply(vec![placement()]).await.unwrap().watermark;
    let request = api::GetStatusRequest { placement: "shop".into(), watermark, ..Default::default() };
    let mut request = tonic::Request::new(request);
    request.set_timeout(std::time::Duration::from_millis(500));
    let late = hub.client.get_status(request).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded);
    assert!(late.message().contains("placement has not decided default/shop yet"), "{late}");
}

#[tokio::test]
async fn explanations_are_those_of_placement() {
    let mut hub = Hub::start().await;
    let mut all = regions();
    all.extend([location("fra-1", "de", "gold"), location("fra-2", "de", "tin"), placement()]);
    hub.apply(all).await.unwrap();
    let request = api::ExplainRequest { placement: "shop".into(), page_size: 1, ..Default::default() };
    let answer = hub.client.explain(request.clone()).await.unwrap().into_inner();
    assert_eq!((answer.chosen_count, answer.location_count), (1, 2));
    assert!(answer.explanations[0].chosen);
    let rest = api::ExplainRequest { page_token: answer.next_page_token, ..request.clone() };
    let rest = hub.client.explain(rest).await.unwrap().into_inner();
    assert_eq!((rest.explanations[0].location.as_str(), rest.next_page_token.as_str()), ("fra-2", ""));
    let one = api::ExplainRequest { location: "fra-2".into(), ..request };
    let one = hub.client.explain(one).await.unwrap().into_inner();
    assert!(one.explanations[0].reason.contains("the location has \"tin\""), "{one:?}");
}

#[tokio::test]
async fn one_location_is_explained_by_how_it_does_among_all_of_them() {
    let mut hub = Hub::start().await;
    let mut all = regions();
    all.extend([location("fra-1", "de", "gold"), location("fra-2", "de", "gold"), choosing(1, "true")]);
    hub.apply(all).await.unwrap();
    let explain = |location: &str| api::ExplainRequest {
        placement: "shop".into(),
        location: location.into(),
        ..Default::default()
    };
    let mut explained = async |location: &str| {
        hub.client.explain(explain(location)).await.unwrap().into_inner().explanations.remove(0)
    };
    assert!(explained("fra-1").await.chosen);
    let other = explained("fra-2").await;
    assert!(other.reason.starts_with("others are better, the last is fra-1 with 0"), "{other:?}");
    assert!(other.remedy.contains("raise numberOfLocations"), "{other:?}");
    assert_eq!(other.tests.last().map(|test| (test.name.as_str(), test.passed)), Some(("choice", false)));
    assert_eq!(other.standing.unwrap().scores[0].prioritizer, "Steady");
}

#[tokio::test]
async fn an_expression_that_is_none_is_refused_with_its_position() {
    let mut hub = Hub::start().await;
    let refused = hub.apply(vec![choosing(1, "location.regoin == 'eu'")]).await.unwrap_err();
    let expected = "Placement shop: spec.where.expression: `location.regoin == 'eu'`, character 10: a location has no field `regoin`";
    assert!(refused.message().contains(expected), "{refused}");
}

/// The placement, of so many locations for which an expression holds.
fn choosing(count: u32, expression: &str) -> api::Resource {
    let mut placement = placement();
    if let Some(api::resource::Spec::Placement(spec)) = &mut placement.spec {
        let where_ = spec.r#where.get_or_insert_default();
        where_.number_of_locations = Some(count);
        expression.clone_into(&mut where_.expression);
    }
    placement
}

#[tokio::test]
async fn locations_are_told_from_presence_where_summarization_does_not_answer() {
    let mut hub = Hub::start().await;
    let mut all = regions();
    all.extend((0..3).map(|n| location(&format!("fra-{n}"), "de", "gold")));
    hub.apply(all).await.unwrap();
    let request = api::ListLocationStatusRequest { page_size: 2, ..Default::default() };
    let first = hub.client.list_location_status(request.clone()).await.unwrap().into_inner();
    assert_eq!(first.locations.len(), 2);
    assert_eq!(first.locations[0].row.as_ref().unwrap().state, "never-seen");
    let rest = api::ListLocationStatusRequest { page_token: first.next_page_token, ..request };
    let rest = hub.client.list_location_status(rest).await.unwrap().into_inner();
    assert_eq!((rest.locations.len(), rest.next_page_token.as_str()), (1, ""));
}

#[tokio::test]
async fn what_is_asked_of_a_location_without_an_agent_is_said_to_be_unavailable() {
    let mut hub = Hub::start().await;
    let mut all = regions();
    all.push(location("fra-1", "de", "gold"));
    hub.apply(all).await.unwrap();
    let request = api::GetLiveRequest {
        location: "fra-1".into(),
        object: Some(crate::support::config_map_key("cart")),
        ..api::GetLiveRequest::default()
    };
    assert_eq!(hub.client.get_live(request).await.unwrap_err().code(), Code::Unavailable);
    let request = api::ListLocationErrorsRequest { location: "fra-1".into() };
    assert_eq!(hub.client.list_location_errors(request).await.unwrap_err().code(), Code::Unavailable);
    let request = api::ListLocationEventsRequest { location: "fra-2".into(), ..Default::default() };
    assert_eq!(hub.client.list_location_events(request).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn reflection_lists_the_service() {
    let hub = Hub::start().await;
    let channel = Endpoint::from_shared(hub.url.clone()).unwrap().connect().await.unwrap();
    let mut client = ServerReflectionClient::new(channel);
    let message_request = Some(MessageRequest::ListServices(String::new()));
    let request = ServerReflectionRequest { host: String::new(), message_request };
    let requests = futures::stream::iter([request]);
    let mut answers = client.server_reflection_info(requests).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
    assert!(
        list.service.iter().any(|service| service.name == "tributary.api.v1.TributaryService"),
        "{list:?}"
    );
}
