// Repositories on servers that speak SFTP, through the system's ssh.
