//! Bodies of evidence, kept beside the events by what they contain, and erased without touching
//! any chain.

use model::{Digest, Timestamp};

use crate::error::LedgerError;
use crate::sql::{BadColumn, Session, Statement, damaged, internal, row, write};

/// The longest body that is taken.
pub(crate) const MAX_BODY: usize = 32 << 20;

/// The digest under which a body is kept.
pub(crate) fn digest(body: &[u8]) -> Digest {
    Digest::of("kintsugi.body.v1", &[body])
}

/// See `Bodies::keep_body`.
pub(crate) async fn keep<S: Session>(session: &mut S, body: &[u8]) -> Result<Digest, LedgerError> {
    if body.len() > MAX_BODY {
        let problem = format!(
            "a body has {} bytes, and at most {MAX_BODY} are kept",
            body.len()
        );
        return Err(internal(session.place(), problem));
    }
    let digest = digest(body);
    let statement = Statement::write(
        "INSERT INTO body (digest, body) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        vec![digest.into(), body.to_vec().into()],
    );
    write(session, statement).await?;
    Ok(digest)
}

/// See `Bodies::body`.
pub(crate) async fn read<S: Session>(
    session: &mut S,
    wanted: Digest,
) -> Result<Option<Vec<u8>>, LedgerError> {
    let statement = Statement::read(
        "SELECT body FROM body WHERE digest = $1 AND body IS NOT NULL",
        vec![wanted.into()],
    );
    let found = row(session, statement).await?;
    let place = session.place();
    let body = found
        .map(|row| row.bytes(0).map(<[u8]>::to_vec))
        .transpose()
        .map_err(|e: BadColumn| e.at(place))?;
    match body {
        Some(body) if digest(&body) != wanted => {
            let problem = format!("the body {wanted} is not what was kept under that digest");
            Err(damaged(place, problem))
        }
        body => Ok(body),
    }
}

/// See `Bodies::erase_body`. Erasing again at the same time gives the same answer, so that it can be
/// tried again when an answer was lost.
pub(crate) async fn erase<S: Session>(
    session: &mut S,
    digest: Digest,
    at: Timestamp,
) -> Result<bool, LedgerError> {
    let erase = Statement::write(
        "UPDATE body SET body = NULL, erased_at = $1 WHERE digest = $2 AND body IS NOT NULL",
        vec![at.into(), digest.into()],
    );
    if write(session, erase).await? > 0 {
        return Ok(true);
    }
    let again = Statement::read(
        "SELECT digest FROM body WHERE digest = $1 AND erased_at = $2",
        vec![digest.into(), at.into()],
    );
    Ok(row(session, again).await?.is_some())
}
