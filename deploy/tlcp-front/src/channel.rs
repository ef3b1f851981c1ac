//! A connection that TLCP or TLS protects, as a stream of tokio's.
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use openssl::error::ErrorStack;
use openssl::ssl::{Error, ErrorCode, Ssl, SslStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::settings::Protocol;

/// A socket that never waits: the library is told that it would block.
struct Socket(TcpStream);

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A connection after its handshake.
pub struct Channel(SslStream<Socket>);

impl Channel {
    /// Shakes hands as `ssl` was prepared to, as server or client.
    pub async fn open(ssl: Ssl, tcp: TcpStream) -> Result<Self, Error> {
        let mut stream = SslStream::new(ssl, Socket(tcp))?;
        loop {
            let Err(error) = stream.do_handshake() else { return Ok(Self(stream)) };
            let socket = &stream.get_ref().0;
            let waited = match error.code() {
                ErrorCode::WANT_READ => socket.readable().await,
                ErrorCode::WANT_WRITE => socket.writable().await,
                _ => return Err(error),
            };
            // A socket that fails while it is waited for fails when it is read, with the reason.
            if waited.is_err() {
                return Err(ErrorStack::get().into());
            }
        }
    }

    /// What is spoken.
    pub fn protocol(&self) -> Protocol {
        if self.0.ssl().version_str() == "NTLSv1.1" { Protocol::Tlcp } else { Protocol::Tls13 }
    }

    /// Waits for what an operation of the library asked for. Ready: try again.
    fn poll_wanted(&self, context: &mut Context<'_>, error: Error) -> Poll<io::Result<()>> {
        let socket = &self.0.get_ref().0;
        match error.code() {
            ErrorCode::WANT_READ => socket.poll_read_ready(context),
            ErrorCode::WANT_WRITE => socket.poll_write_ready(context),
            _ => Poll::Ready(Err(error.into_io_error().unwrap_or_else(io::Error::other))),
        }
    }
}

impl AsyncRead for Channel {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match self.0.ssl_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.code() == ErrorCode::ZERO_RETURN => return Poll::Ready(Ok(())),
                Err(error) => ready!(self.poll_wanted(context, error))?,
            }
        }
    }
}

impl AsyncWrite for Channel {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match self.0.ssl_write(bytes) {
                Ok(count) => return Poll::Ready(Ok(count)),
                Err(error) => ready!(self.poll_wanted(context, error))?,
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Says that nothing more comes (close_notify), and does not wait for the same.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.0.shutdown() {
                Ok(_) => return Pin::new(&mut self.0.get_mut().0).poll_shutdown(context),
                Err(error) => ready!(self.poll_wanted(context, error))?,
            }
        }
    }
}
