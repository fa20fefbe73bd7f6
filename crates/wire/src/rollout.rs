//! Rollouts as users declare them, and what they say to those under way.

mod control;
mod gate;
mod progress;

use self::gate::{gate, gate_message};
pub(crate) use self::{
    control::{control, control_message},
    progress::{progress, progress_message},
};
use model::{
    Day, Factor, OnFailure, Percent, Rate, RolloutSpec, Select, Share, Span, TimeOfDay, Wave, Window,
};

use crate::{
    Error, api,
    clause::{selector, selector_message},
    field::Reader,
};

const ROLLOUT: Reader = Reader("RolloutSpec");

pub(crate) fn rollout_spec_message(spec: &RolloutSpec) -> api::RolloutSpec {
    api::RolloutSpec {
        waves: spec.waves.iter().map(wave_message).collect(),
        progress_deadline_ms: spec.progress_deadline.unwrap_or_default().0,
        max_failures: spec.max_failures.map(share_message),
        on_failure: match spec.on_failure {
            OnFailure::Pause => api::OnFailure::Pause,
            OnFailure::Rollback => api::OnFailure::Rollback,
        }
        .into(),
        paused: spec.paused,
        rate: spec.rate.as_ref().map(rate_message),
        windows: spec.windows.iter().map(window_message).collect(),
    }
}

pub(crate) fn rollout_spec(message: api::RolloutSpec) -> Result<RolloutSpec, Error> {
    let deadline = message.progress_deadline_ms;
    Ok(RolloutSpec {
        waves: message.waves.into_iter().map(wave).collect::<Result<_, _>>()?,
        progress_deadline: (deadline > 0).then_some(Span(deadline)),
        max_failures: message.max_failures.map(|share| self::share("max_failures", share)).transpose()?,
        on_failure: on_failure(message.on_failure)?,
        paused: message.paused,
        rate: message.rate.map(rate).transpose()?,
        windows: message.windows.iter().map(window).collect::<Result<_, _>>()?,
    })
}

/// One that this version does not know is an error: guessing could change what runs.
fn on_failure(value: i32) -> Result<OnFailure, Error> {
    match api::OnFailure::try_from(value) {
        Ok(api::OnFailure::Unspecified | api::OnFailure::Pause) => Ok(OnFailure::Pause),
        Ok(api::OnFailure::Rollback) => Ok(OnFailure::Rollback),
        Err(_) => Err(ROLLOUT.unknown("on_failure", value)),
    }
}

fn wave_message(wave: &Wave) -> api::Wave {
    api::Wave {
        name: wave.name.clone(),
        select: wave.select.as_ref().map(select_message),
        max_concurrency: wave.max_concurrency.map(share_message),
        min_success: wave.min_success.map(share_message),
        soak_ms: wave.soak.map(|soak| soak.0),
        gates: wave.gates.iter().map(gate_message).collect(),
        approval: wave.approval,
    }
}

fn wave(message: api::Wave) -> Result<Wave, Error> {
    Ok(Wave {
        name: ROLLOUT.filled("waves.name", message.name)?,
        select: message.select.map(select).transpose()?,
        max_concurrency: message.max_concurrency.map(|s| share("waves.max_concurrency", s)).transpose()?,
        min_success: message.min_success.map(|s| share("waves.min_success", s)).transpose()?,
        soak: message.soak_ms.map(Span),
        gates: message.gates.into_iter().map(gate).collect::<Result<_, _>>()?,
        approval: message.approval,
    })
}

fn select_message(select: &Select) -> api::Select {
    use api::select::Select as Message;
    let select = match select {
        Select::Selector(selector) => Message::Selector(selector_message(selector)),
        Select::Count(count) => Message::Count(*count),
        Select::Percent(percent) => Message::Percent(percent.0),
    };
    api::Select { select: Some(select) }
}

fn select(message: api::Select) -> Result<Select, Error> {
    use api::select::Select as Message;
    Ok(match ROLLOUT.required("waves.select", message.select)? {
        Message::Selector(message) => Select::Selector(selector(message)?),
        Message::Count(count) => Select::Count(count),
        Message::Percent(percent) => Select::Percent(Percent(percent)),
    })
}

fn share_message(share: Share) -> api::Share {
    use api::share::Share as Message;
    let share = match share {
        Share::Count(count) => Message::Count(count),
        Share::Percent(percent) => Message::Percent(percent.0),
    };
    api::Share { share: Some(share) }
}

fn share(field: &'static str, message: api::Share) -> Result<Share, Error> {
    use api::share::Share as Message;
    Ok(match ROLLOUT.required(field, message.share)? {
        Message::Count(count) => Share::Count(count),
        Message::Percent(percent) => Share::Percent(Percent(percent)),
    })
}

fn rate_message(rate: &Rate) -> api::Rate {
    api::Rate {
        start: Some(share_message(rate.start)),
        factor_thousandths: rate.factor.thousandths,
        max: rate.max.map(share_message),
    }
}

fn rate(message: api::Rate) -> Result<Rate, Error> {
    Ok(Rate {
        start: share("rate.start", ROLLOUT.required("rate.start", message.start)?)?,
        factor: Factor { thousandths: message.factor_thousandths },
        max: message.max.map(|max| share("rate.max", max)).transpose()?,
    })
}

/// In the order of their numbers on the wire.
const DAYS: [(Day, api::Day); 7] = [
    (Day::Mon, api::Day::Mon),
    (Day::Tue, api::Day::Tue),
    (Day::Wed, api::Day::Wed),
    (Day::Thu, api::Day::Thu),
    (Day::Fri, api::Day::Fri),
    (Day::Sat, api::Day::Sat),
    (Day::Sun, api::Day::Sun),
];

fn window_message(window: &Window) -> api::Window {
    let number =
        |day: &Day| DAYS.iter().find(|(known, _)| known == day).map(|(_, message)| i32::from(*message));
    api::Window {
        days: window.days.iter().filter_map(number).collect(),
        from_minutes: window.from.minutes,
        to_minutes: window.to.minutes,
    }
}

fn window(message: &api::Window) -> Result<Window, Error> {
    let day = |value: &i32| {
        let found = DAYS.iter().find(|(_, message)| i32::from(*message) == *value);
        found.map(|(day, _)| *day).ok_or_else(|| ROLLOUT.unknown("windows.days", *value))
    };
    Ok(Window {
        days: message.days.iter().map(day).collect::<Result<_, _>>()?,
        from: time_of_day("windows.from_minutes", message.from_minutes)?,
        to: time_of_day("windows.to_minutes", message.to_minutes)?,
    })
}

fn time_of_day(field: &'static str, minutes: u32) -> Result<TimeOfDay, Error> {
    let time = TimeOfDay { minutes };
    let past = || ROLLOUT.invalid(field, format!("{minutes} is past the end of the day"));
    (time <= TimeOfDay::MIDNIGHT).then_some(time).ok_or_else(past)
}
