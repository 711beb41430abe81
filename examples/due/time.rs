//! Times, dates and amounts as people type them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use talkback::{Span, Zone};

/// `2026-03-05T16:40Z`, with seconds and any offset or without; a time without an offset, or a date
/// alone (its midnight), is local to the zone.
pub(crate) fn instant(text: &str, zone: &Zone) -> Result<DateTime<Utc>, String> {
    let wrong = || format!("{text:?} is no time such as 2026-03-05T16:40Z or 2026-03-05T16:40");
    let iso = text.trim().replacen(' ', "T", 1);
    let with_offset = match iso.strip_suffix(['Z', 'z']) {
        Some(utc) => format!("{utc}+00:00"),
        None => iso.clone(),
    };
    for form in ["%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M%:z"] {
        if let Ok(at) = DateTime::parse_from_str(&with_offset, form) {
            return Ok(at.with_timezone(&Utc));
        }
    }
    let midnight = format!("{iso}T00:00");
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&iso, form).ok())
        .or_else(|| NaiveDateTime::parse_from_str(&midnight, "%Y-%m-%dT%H:%M").ok())
        .ok_or_else(wrong)?;
    zone.to_utc(local.date(), local.time()).map_err(|error| format!("{text:?}: {error}"))
}

/// `2026-04-03`, or `2026-04-03=Good Friday`.
pub(crate) fn holiday(text: &str) -> Result<(NaiveDate, String), String> {
    let (date, name) = text.split_once('=').unwrap_or((text, "holiday"));
    let date = date.trim().parse().map_err(|_| format!("{date:?} is no date such as 2026-04-03"))?;
    Ok((date, name.trim().to_owned()))
}

/// `4h`, `90m`, `1h30m` of working time; `3d` working days; `8w` weeks; or a span as policies write it.
pub(crate) fn amount(text: &str) -> Result<Span, String> {
    let text = text.trim();
    let wrong =
        || format!("{text:?} is no amount such as 4h, 1h30m, 3d, 8w or {{\"calendar_days\":30}}, above zero");
    if text.starts_with('{') {
        return serde_json::from_str(text).map_err(|error| format!("{}: {error}", wrong()));
    }
    let whole = |unit: char| text.strip_suffix(unit).and_then(|n| n.trim().parse().ok());
    let span = if let Some(days) = whole('d') {
        Span::working_days(days)
    } else if let Some(weeks) = whole('w') {
        Span::weeks(weeks)
    } else {
        Span::WorkingHours { seconds: clock(text).ok_or_else(wrong)? }
    };
    span.validate().map_err(|_| wrong())?;
    Ok(span)
}

/// Hours, minutes and seconds, each at most once and in this order, as seconds.
fn clock(text: &str) -> Option<u32> {
    let (mut rest, mut total) = (text, 0_u32);
    for (unit, length) in [('h', 3600_u32), ('m', 60), ('s', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            total = total.checked_add(number.trim().parse::<u32>().ok()?.checked_mul(length)?)?;
            rest = after;
        }
    }
    (rest.trim().is_empty() && !text.is_empty()).then_some(total)
}
