//! Reading one record.

use super::Store;
use super::call::{column, only};
use super::ids::{columns, written_from_text};
use crate::backend::stored;
use crate::backend::{BackendError, Load, Loaded, Outcome};

impl Store {
    pub(super) async fn load(&self, load: Load) -> Result<Loaded, BackendError> {
        let Load { key, command } = load;
        let (kind, id) = columns(key.id);
        let command = command.map(crate::id::CommandId::uuid);
        let answer = self.call(&self.statements.load, &[&key.tenant.as_str(), &kind, &id, &command]).await?;
        let row = only(answer)?;
        let stored: Option<i64> = column(&row, 0)?;
        let record = match stored {
            Some(stored) => {
                let data: String = column(&row, 1)?;
                let stored = u64::try_from(stored).unwrap_or(0);
                Some(stored::decode_record(&key, stored, data.as_bytes())?)
            }
            None => None,
        };
        let written: Option<String> = column(&row, 3)?;
        let outcome = match written {
            Some(written) => Some(Outcome {
                fingerprint: column::<Option<i64>>(&row, 2)?.map(i64::cast_unsigned),
                written: written_from_text(&key.tenant, &written)?,
            }),
            None => None,
        };
        Ok(Loaded { record, outcome })
    }
}
