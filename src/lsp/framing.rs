//! Messages out of a stream of bytes, of which only those are passed on that can be understood.
//!
//! tower-lsp-server stops reading at the first message that it cannot decode. Where one ends and the next begins is
//! known all the same (`Content-Length`), so a body that is no message becomes one that [`refusal`] answers, and
//! the conversation goes on. Only what has no frame is skipped, up to the next header.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, ReadBuf};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Id, Request, Response};

/// The method that stands for a message which could not be understood.
const REFUSED: &str = "flakewise/refused";

/// How much is read at once.
const CHUNK: usize = 1 << 16;

/// Headers are short; what is longer is something else.
const MAX_HEADER: usize = 1 << 12;

/// Input whose messages all can be understood.
pub struct Framing<R> {
    inner: R,
    /// What was read and not looked at yet.
    input: Vec<u8>,
    /// The length of the body that comes next, once its header was read.
    body: Option<usize>,
    /// What is passed on, and how much of it was.
    output: Vec<u8>,
    passed: usize,
}

impl<R> Framing<R> {
    /// Reads messages from `inner`.
    pub fn new(inner: R) -> Framing<R> {
        Framing { inner, input: Vec::new(), body: None, output: Vec::new(), passed: 0 }
    }

    /// Moves the next message from what was read to what is passed on. Whether there was a whole one.
    fn next_message(&mut self) -> bool {
        loop {
            let length = match self.body {
                Some(length) => length,
                None => match header(&self.input) {
                    Header::Unfinished => return false,
                    Header::Garbage(length) => {
                        tracing::error!("{length} bytes that belong to no message are skipped");
                        self.input.drain(..length);
                        continue;
                    }
                    Header::Of { header, body } => {
                        self.input.drain(..header);
                        *self.body.insert(body)
                    }
                },
            };
            if self.input.len() < length {
                return false;
            }
            self.body = None;
            let rest = self.input.split_off(length);
            let body = std::mem::replace(&mut self.input, rest);
            self.output.clear();
            self.passed = 0;
            let body = match understood(&body) {
                Ok(()) => body,
                Err(refused) => {
                    tracing::error!("a message of {length} bytes is refused: {}", refused["message"]);
                    json!({ "jsonrpc": "2.0", "method": REFUSED, "params": refused }).to_string().into_bytes()
                }
            };
            self.output.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
            self.output.extend_from_slice(&body);
            return true;
        }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Framing<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            let waiting = self.output.get(self.passed..).unwrap_or_default();
            if !waiting.is_empty() {
                let length = waiting.len().min(buf.remaining());
                buf.put_slice(waiting.get(..length).unwrap_or_default());
                self.passed += length;
                if self.passed == self.output.len() {
                    // A large message does not stay.
                    (self.output, self.passed) = (Vec::new(), 0);
                }
                return Poll::Ready(Ok(()));
            }
            if self.next_message() {
                continue;
            }
            let mut chunk = vec![0; CHUNK];
            let mut read = ReadBuf::new(&mut chunk);
            match Pin::new(&mut self.inner).poll_read(cx, &mut read) {
                Poll::Ready(Ok(())) if read.filled().is_empty() => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(())) => self.input.extend_from_slice(read.filled()),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// The answer to a message that could not be understood, if `request` stands for one.
pub fn refusal(request: &Request) -> Option<Response> {
    if request.method() != REFUSED || request.id().is_some() {
        return None;
    }
    let params = request.params()?;
    let id = params.get("id").and_then(|id| Id::deserialize(id).ok()).unwrap_or(Id::Null);
    let code = ErrorCode::from(params.get("code").and_then(Value::as_i64)?);
    let message = params.get("message").and_then(Value::as_str).unwrap_or_default().to_string();
    Some(Response::from_error(id, Error { code, message: message.into(), data: None }))
}

/// What tower-lsp-server takes for a message.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Response(#[allow(dead_code)] Response),
    Request(#[allow(dead_code)] Request),
}

/// Whether a body is a message; if not, what to say.
fn understood(body: &[u8]) -> Result<(), Value> {
    let refused =
        |code: ErrorCode, id: Value, message: String| json!({ "code": code.code(), "id": id, "message": message });
    let invalid = |id, message| Err(refused(ErrorCode::InvalidRequest, id, message));
    if serde_json::from_slice::<Message>(body).is_ok() {
        return Ok(());
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(_)) => invalid(Value::Null, "batches are no part of the protocol".to_string()),
        Ok(Value::Object(members)) => {
            let id = members.get("id").filter(|id| id.is_string() || id.is_i64());
            let message = "neither a request nor a notification nor a response of JSON-RPC 2.0".to_string();
            invalid(id.cloned().unwrap_or_default(), message)
        }
        Ok(_) => invalid(Value::Null, "a message is an object".to_string()),
        Err(error) => Err(refused(ErrorCode::ParseError, Value::Null, error.to_string())),
    }
}

enum Header {
    /// More must be read first.
    Unfinished,
    /// These bytes belong to no message.
    Garbage(usize),
    /// The lengths of a header and of what comes after it.
    Of { header: usize, body: usize },
}

fn header(input: &[u8]) -> Header {
    let Some(end) = position(input, b"\r\n\r\n") else {
        return if input.len() > MAX_HEADER {
            Header::Garbage(input.len() - MAX_HEADER / 2)
        } else {
            Header::Unfinished
        };
    };
    let head = input.get(..end).unwrap_or_default();
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| String::from_utf8_lossy(line).trim().to_string());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let header = end + b"\r\n\r\n".len();
    if let Some(body) = length {
        return Header::Of { header, body };
    }
    // The name may stand somewhere in what comes before it.
    match position(head, b"Content-Length:") {
        Some(at) if at > 0 => Header::Garbage(at),
        _ => Header::Garbage(header),
    }
}

fn position(input: &[u8], wanted: &[u8]) -> Option<usize> {
    input.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bodies that are passed on, however the bytes come in.
    fn passed_on(input: &str) -> Vec<Value> {
        let mut all: Option<Vec<Value>> = None;
        for step in [1, 7, input.len().max(1)] {
            let mut framing = Framing::new(io::Cursor::new(Vec::<u8>::new()));
            let mut found = Vec::new();
            for part in input.as_bytes().chunks(step) {
                framing.input.extend_from_slice(part);
                while framing.next_message() {
                    let text = String::from_utf8(std::mem::take(&mut framing.output)).unwrap();
                    found.push(serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap());
                }
            }
            assert!(all.as_ref().is_none_or(|before| *before == found), "{found:?}");
            all = Some(found);
        }
        all.unwrap()
    }

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    const MESSAGE: &str = r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#;

    #[track_caller]
    fn refused(body: &str, code: i64, id: Value) {
        let all = passed_on(&format!("{}{}", frame(body), frame(MESSAGE)));
        let [first, last] = &all[..] else { panic!("{all:?}") };
        assert_eq!(
            (&first["method"], &first["params"]["code"], &first["params"]["id"]),
            (&json!(REFUSED), &json!(code), &id)
        );
        assert_eq!(last.to_string(), MESSAGE);
        let answer = refusal(&serde_json::from_value(first.clone()).unwrap()).unwrap();
        let answer = serde_json::to_value(answer).unwrap();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&id, &json!(code)), "{answer}");
    }

    #[test]
    fn messages_pass() {
        let answer = r#"{"jsonrpc":"2.0","id":1,"result":null}"#;
        let all = passed_on(&format!("{}{}", frame(MESSAGE), frame(answer)));
        assert_eq!(all.iter().map(Value::to_string).collect::<Vec<_>>().len(), 2);
        let more = format!("content-length: {}\r\nContent-Type: x\r\n\r\n{MESSAGE}", MESSAGE.len());
        assert_eq!(passed_on(&more)[0].to_string(), MESSAGE);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        refused("{nope", -32700, Value::Null);
        refused("", -32700, Value::Null);
        refused("[]", -32600, Value::Null);
        refused(&format!("[{MESSAGE},{MESSAGE}]"), -32600, Value::Null);
        refused("7", -32600, Value::Null);
        refused("{}", -32600, Value::Null);
        refused(r#"{"jsonrpc":"1.0","id":3,"method":"x"}"#, -32600, json!(3));
        refused(&"[".repeat(100_000), -32700, Value::Null);
        refused(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)), -32700, Value::Null);
    }

    #[test]
    fn what_has_no_frame_is_skipped() {
        let message = frame(MESSAGE);
        for garbage in ["nonsense", "a: b\r\n\r\n", "Content-Length: x\r\n\r\n", "{}\r\n\r\n"] {
            let all = passed_on(&format!("{garbage}{message}"));
            assert_eq!(all.last().map(Value::to_string).as_deref(), Some(MESSAGE), "{garbage:?}");
        }
        let long = passed_on(&format!("{}\r\n\r\n{message}", "x".repeat(20_000)));
        assert_eq!(long[0].to_string(), MESSAGE);
    }
}
