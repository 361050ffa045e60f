//! The listening socket, TCP or Unix.

use std::{
    fs, io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::Path,
};

use socket2::{Domain, SockAddr, Socket, Type};

use super::Listen;

/// How many connections may wait to be accepted; operators are few.
const BACKLOG: i32 = 128;

/// The user and group of the process may connect, nobody else.
const SOCKET_MODE: u32 = 0o660;

/// Listens without blocking; also tells the address, with the port the system chose.
pub(super) fn listen(listen: &Listen) -> io::Result<(Socket, Listen)> {
    let (socket, address) = match listen {
        Listen::Tcp(address) => {
            let socket = Socket::new(Domain::for_address(*address), Type::STREAM, None)?;
            socket.set_reuse_address(true)?;
            // Accepted connections inherit it: an answer is one write and must not wait.
            socket.set_tcp_nodelay(true)?;
            socket.bind(&(*address).into())?;
            let address = socket.local_addr()?.as_socket().unwrap_or(*address);
            (socket, Listen::Tcp(address))
        }
        Listen::Unix(path) => {
            clear_stale(path)?;
            let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
            socket.bind(&SockAddr::unix(path)?)?;
            fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
            (socket, listen.clone())
        }
    };
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok((socket, address))
}

/// Removes a socket nobody listens on any more; whatever else lies there is left alone.
fn clear_stale(path: &Path) -> io::Result<()> {
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !kind.is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file is in the way"));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // A listener whose backlog is full would keep a blocking probe waiting.
    probe.set_nonblocking(true)?;
    match probe.connect(&SockAddr::unix(path)?) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        Ok(()) | Err(_) => Err(io::ErrorKind::AddrInUse.into()),
    }
}
