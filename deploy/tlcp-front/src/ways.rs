//! Ways in and ways out: a listener each, and what becomes of a connection that it takes.
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use openssl::error::ErrorStack;
use openssl::ssl::{Error, Ssl, SslContext};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use crate::channel::Channel;
use crate::contexts;
use crate::counters::{Counted, Counters, up};
use crate::log::say;
use crate::places::{Full, Origin, Places};
use crate::relay::relay;
use crate::settings::{Accept, Connect, Limits, Protocol};
use crate::sources::Sources;

/// Pause after a connection could not be taken, as when the process has no more descriptors.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Between two lines about handshakes of one way.
const SAID_PAUSE: Duration = Duration::from_secs(1);

/// Which way, with what it needs.
enum Direction {
    In { to: SocketAddr, sources: Sources },
    Out { to: String, server_name: String, protocol: Protocol },
}

/// One way.
pub struct Way {
    listen: SocketAddr,
    direction: Direction,
    limits: Limits,
    context: RwLock<SslContext>,
    handshakes: Arc<Places>,
    said: Mutex<Option<Instant>>,
    /// Its name, its counts and its connections.
    pub counted: Arc<Counted>,
}

impl Way {
    /// A way in. The error is a sentence for an operator, as is that of `outward`.
    pub fn inward(way: &Accept) -> Result<Self, String> {
        let direction = Direction::In { to: way.to, sources: Sources::default() };
        contexts::server(way).map(|context| Self::new(&way.name, way.listen, direction, way.limits, context))
    }

    /// A way out.
    pub fn outward(way: &Connect) -> Result<Self, String> {
        let direction =
            Direction::Out { to: way.to.clone(), server_name: way.server_name.clone(), protocol: way.protocol };
        contexts::client(way).map(|context| Self::new(&way.name, way.listen, direction, way.limits, context))
    }

    fn new(name: &str, listen: SocketAddr, direction: Direction, limits: Limits, context: SslContext) -> Self {
        let counted = Counted {
            name: name.into(),
            counters: Counters::default(),
            connections: Places::new(limits.connections, limits.connections_per_address),
        };
        Self {
            listen,
            direction,
            limits,
            context: RwLock::new(context),
            handshakes: Places::new(limits.handshakes, limits.handshakes_per_address),
            said: Mutex::new(None),
            counted: Arc::new(counted),
        }
    }

    /// Certificates for connections that come from now on.
    pub fn renew(&self, context: SslContext) {
        *self.context.write().unwrap_or_else(PoisonError::into_inner) = context;
    }

    /// Listens. The error is a sentence for an operator.
    pub async fn listen(&self) -> Result<TcpListener, String> {
        let Self { listen, counted, .. } = self;
        TcpListener::bind(listen).await.map_err(|cause| format!("{}: cannot listen on {listen}: {cause}", counted.name))
    }

    /// Takes connections for ever. Handshakes run at `handshakes`, apart from what stands.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, handshakes: Handle) {
        loop {
            let Ok((tcp, peer)) = listener.accept().await else {
                sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let origin = Origin::from(peer.ip());
            let counters = &self.counted.counters;
            let places =
                self.counted.connections.take(origin).and_then(|place| Ok((place, self.handshakes.take(origin)?)));
            match places {
                Err(Full::All) => up(&counters.refused),
                Err(Full::Origin) => up(&counters.refused_origin),
                Ok((place, shaking)) => {
                    let way = Arc::clone(&self);
                    let relays = Handle::current();
                    handshakes.spawn(async move {
                        let opened = way.open(tcp, origin).await;
                        drop(shaking);
                        let Some((near, far)) = opened else { return };
                        relays.spawn(async move {
                            way.hand_on(near, far).await;
                            drop(place);
                        });
                    });
                }
            }
        }
    }

    /// Both sides of a connection: in the clear on this machine, and the channel.
    async fn open(&self, tcp: TcpStream, origin: Origin) -> Option<(Side, Side)> {
        tcp.set_nodelay(true).ok()?;
        match &self.direction {
            Direction::In { to, sources } => {
                let channel = self.shake(self.server_side(), tcp, None).await?;
                let gateway = self.reach(sources.connect(origin, *to)).await?;
                Some((Side::Channel(channel), Side::Clear(gateway)))
            }
            Direction::Out { to, server_name, protocol } => {
                let server = self.reach(TcpStream::connect(to)).await?;
                let ssl = contexts::to_server(&self.context(), server_name);
                let channel = self.shake(ssl, server, Some(*protocol)).await?;
                Some((Side::Clear(tcp), Side::Channel(channel)))
            }
        }
    }

    fn context(&self) -> SslContext {
        self.context.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn server_side(&self) -> Result<Ssl, ErrorStack> {
        let mut ssl = Ssl::new(&self.context())?;
        ssl.set_accept_state();
        Ok(ssl)
    }

    /// `protocol`: none where the other side chooses.
    async fn shake(&self, ssl: Result<Ssl, ErrorStack>, tcp: TcpStream, protocol: Option<Protocol>) -> Option<Channel> {
        let counters = &self.counted.counters;
        let Ok(ssl) = ssl else {
            up(&counters.failed);
            return None;
        };
        let began = Instant::now();
        match timeout(Duration::from_millis(self.limits.handshake_ms), Channel::open(ssl, tcp)).await {
            Err(_) => up(&counters.timed_out),
            Ok(Err(error)) => {
                up(&counters.failed);
                self.say_why(&error);
            }
            Ok(Ok(channel)) => {
                let spoken = protocol.unwrap_or_else(|| channel.protocol());
                up(if spoken == Protocol::Tlcp { &counters.tlcp } else { &counters.tls13 });
                counters.handshake_us.fetch_add(began.elapsed().as_micros() as u64, Ordering::Relaxed);
                return Some(channel);
            }
        }
        None
    }

    /// Why a handshake failed, in the library's words, once a second at most.
    fn say_why(&self, error: &Error) {
        let now = Instant::now();
        let mut last = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|said| now.duration_since(said) < SAID_PAUSE) {
            return;
        }
        *last = Some(now);
        let reason = error.ssl_error().and_then(|stack| stack.errors().first()).and_then(|first| first.reason());
        say(
            "warn",
            "a handshake failed",
            &format!("{}: {}", self.counted.name, reason.unwrap_or("the other side ended it")),
        );
    }

    async fn reach(&self, connecting: impl Future<Output = std::io::Result<TcpStream>>) -> Option<TcpStream> {
        let reached = timeout(Duration::from_millis(self.limits.connect_ms), connecting).await;
        let Ok(Ok(tcp)) = reached else {
            up(&self.counted.counters.unreached);
            return None;
        };
        tcp.set_nodelay(true).ok()?;
        Some(tcp)
    }

    async fn hand_on(&self, near: Side, far: Side) {
        let Counters { bytes_there, bytes_back, .. } = &self.counted.counters;
        let (idle, counted) = (Duration::from_millis(self.limits.idle_ms), (bytes_there, bytes_back));
        // However it ended: both sides are closed, and either knows.
        let _ended = match (near, far) {
            (Side::Channel(near), Side::Clear(far)) => relay(near, far, idle, counted).await,
            (Side::Clear(near), Side::Channel(far)) => relay(near, far, idle, counted).await,
            _ => Ok(()),
        };
    }
}

/// One side of a connection.
enum Side {
    Clear(TcpStream),
    Channel(Channel),
}
