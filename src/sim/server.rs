//! The HTTP side: connections, requests, long polls, answers.
//!
//! What a request does is told in `methods`; what goes wrong on purpose, in `faults`.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use super::{
    Telegram,
    calls::{Call, Outcome},
    faults::Failure,
    limits,
    methods::{self, Method},
    params::Params,
    refusal::Refusal,
    world::World,
};

/// No request of a bot without files comes near it.
const BODY_BYTES_MAX: usize = 1 << 20;

/// The longest `timeout` of a long poll; Telegram ends longer ones by itself.
const POLL_SECONDS_MAX: i64 = 50;

/// A connection that ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed without an answer, on purpose")]
struct Closed;

/// What goes back: an HTTP status and a JSON body.
type Answer = (u16, String);

/// Serves until `stop` changes or its sender is gone; open connections are cut.
pub(super) async fn serve(
    listener: TcpListener,
    telegram: Arc<Telegram>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, Arc::clone(&telegram)));
                }
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            _ = stop.changed() => return,
        }
    }
}

pub(super) async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

async fn connection(stream: TcpStream, telegram: Arc<Telegram>) {
    // A small answer must not wait for the next packet.
    stream.set_nodelay(true).unwrap_or_default();
    let service = service_fn(|request| respond(Arc::clone(&telegram), request));
    let served = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::trace!(%error, "simulated connection ended");
    }
}

async fn respond(
    telegram: Arc<Telegram>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Closed> {
    let (status, body) = answer(&telegram, request).await?;
    let is_html = body.starts_with('<');
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = if is_html { "text/html" } else { "application/json" };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(response)
}

fn refused(refusal: &Refusal) -> Answer {
    (refusal.code, refusal.body())
}

/// A request that has been understood.
struct Asked {
    method: &'static Method,
    params: Params,
    request: limits::Request,
}

async fn answer(telegram: &Telegram, request: Request<Incoming>) -> Result<Answer, Closed> {
    let asked = match understand(telegram, request).await {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refused(&refusal)),
    };
    let delay = telegram.touch(|world| world.weather.delay(asked.method.name));
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let struck = telegram.touch(|world| {
        let (uptime, now) = (world.uptime(), world.clock.now());
        world.limiter.obeyed(asked.request, uptime, now)?;
        Ok(world.weather.failure(asked.method.name, asked.request.chat))
    });
    match struck {
        Err(seconds) => Ok(conclude(telegram, asked, Err(Refusal::retry_after(seconds)))),
        Ok(Some(failure)) => fail(telegram, asked, failure).await,
        Ok(None) => Ok(perform(telegram, asked).await),
    }
}

async fn understand(telegram: &Telegram, request: Request<Incoming>) -> Result<Asked, Refusal> {
    let arrived = telegram.see(World::uptime);
    let path = request.uri().path().to_owned();
    let query = request.uri().query().map(str::to_owned);
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    let Some((token, name)) = path.strip_prefix("/bot").and_then(|path| path.split_once('/'))
    else {
        return Err(Refusal::new(404, "Not Found"));
    };
    if token != telegram.token {
        return Err(Refusal::new(401, "Unauthorized"));
    }
    let method = methods::find(name).ok_or_else(|| Refusal::new(404, "Not Found"))?;
    let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await;
    let too_large = || Refusal::new(413, "Request Entity Too Large");
    let body = body.ok().ok_or_else(too_large)?.to_bytes();
    let params = Params::read(query.as_deref(), &content_type, &body)?;
    let (chat, is_group) = telegram.see(|world| world.addressed(&params));
    let request = limits::Request { method: method.name, chat, is_group, arrived };
    Ok(Asked { method, params, request })
}

/// Does what the request asks, within the limits.
async fn perform(telegram: &Telegram, asked: Asked) -> Answer {
    let admitted = telegram.touch(|world| {
        let uptime = world.uptime();
        world.limiter.admit(asked.request, uptime)
    });
    let result = match (admitted, asked.method.handle) {
        (Err(seconds), _) => Err(Refusal::retry_after(seconds)),
        (Ok(()), Some(handle)) => telegram
            .change(|world| handle(world, &asked.params))
            .map(|result| format!("{{\"ok\":true,\"result\":{result}}}")),
        (Ok(()), None) => poll(telegram, &asked.params).await,
    };
    conclude(telegram, asked, result)
}

/// Records a request with what became of it, and words the answer.
fn conclude(telegram: &Telegram, asked: Asked, result: Result<String, Refusal>) -> Answer {
    let (outcome, answer) = match result {
        Ok(body) => (Outcome::Done, (200, body)),
        Err(refusal) => {
            let description = refusal.description.clone();
            (Outcome::Refused { code: refusal.code, description }, refused(&refusal))
        }
    };
    record(telegram, asked, outcome);
    answer
}

async fn fail(telegram: &Telegram, asked: Asked, failure: Failure) -> Result<Answer, Closed> {
    let outcome = Outcome::Failed(format!("{failure:?}"));
    let answer = match failure {
        Failure::ServerError => refused(&Refusal::new(500, "Internal Server Error")),
        Failure::Refuse { code, description } => refused(&Refusal::new(code, description)),
        Failure::BadGateway => {
            let page = "<html><head><title>502 Bad Gateway</title></head>\
                        <body><center><h1>502 Bad Gateway</h1></center></body></html>";
            (502, page.to_owned())
        }
        Failure::Garbage => (200, "{\"ok\":tru\u{fffd}".to_owned()),
        Failure::RetryAfter(seconds) => {
            telegram.touch(|world| {
                let uptime = world.uptime();
                world.limiter.refuse(asked.request, uptime, seconds);
            });
            refused(&Refusal::retry_after(seconds))
        }
        Failure::Hang => {
            record(telegram, asked, outcome);
            return Ok(never().await);
        }
        Failure::Close => {
            record(telegram, asked, outcome);
            return Err(Closed);
        }
        Failure::LostAnswer => {
            perform(telegram, asked).await;
            return Err(Closed);
        }
    };
    record(telegram, asked, outcome);
    Ok(answer)
}

async fn never() -> Answer {
    match std::future::pending::<Infallible>().await {}
}

fn record(telegram: &Telegram, asked: Asked, outcome: Outcome) {
    telegram.change(|world| {
        let at = world.clock.now();
        let method = asked.method.name.to_owned();
        let params = asked.params.into_value();
        world.calls.record(Call { method, chat: asked.request.chat, at, params, outcome });
    });
}

/// `getUpdates`: answers as soon as there is something, at the latest after `timeout` seconds.
async fn poll(telegram: &Telegram, params: &Params) -> Result<String, Refusal> {
    let (poller, limit) = telegram.change(|world| methods::begin_poll(world, params))?;
    let seconds = params.int("timeout").unwrap_or(0).clamp(0, POLL_SECONDS_MAX);
    let end = tokio::time::sleep(Duration::from_secs(seconds.unsigned_abs()));
    tokio::pin!(end);
    loop {
        let changed = telegram.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let batch = telegram.see(|world| {
            if world.updates.poller == poller {
                return Ok(world.updates.batch(limit));
            }
            Err(Refusal::conflict(
                "terminated by other getUpdates request; \
                 make sure that only one bot instance is running",
            ))
        })?;
        if let Some(batch) = batch {
            return Ok(batch);
        }
        tokio::select! {
            () = changed => {}
            () = &mut end => return Ok("{\"ok\":true,\"result\":[]}".to_owned()),
        }
    }
}
