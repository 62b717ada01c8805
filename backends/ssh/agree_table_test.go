package ssh_test

func knownHostsAgreements() []agreement {
	rsa := realSSHD{keys: "rsa"}
	ed := realSSHD{keys: "ed"}
	return []agreement{
		{name: "known"},
		{name: "unknown", known: "other.example $ED", refused: "unknown host key"},
		{name: "nothing known", known: "# nothing", refused: "unknown host key"},
		{name: "changed", server: ed, known: "[127.0.0.1]:$PORT $OTHER", refused: "the host key has changed"},
		{name: "another kind known", server: ed, known: "[127.0.0.1]:$PORT $RSA", refused: "the host key has changed"},
		{name: "one of three kinds known", known: "[127.0.0.1]:$PORT $RSA"},
		{name: "stars", known: "[127.*]:* $ED"},
		{name: "question marks", known: "[127.0.0.?]:????? $ED"},
		{name: "one star for all", known: "* $ED"},
		{name: "too few question marks", known: "[127.0.0.?]:???? $ED", refused: "unknown host key"},
		{name: "without the port", known: "127.0.0.1 $ED"},
		{name: "pattern without the port", known: "127.0.* $ED"},
		{name: "another port", known: "[127.0.0.1]:1 $ED", refused: "unknown host key"},
		{name: "list", known: "box,[127.0.0.1]:$PORT,::1 $ED"},
		{name: "negated", known: "[127.*]:*,![127.0.0.1]:* $ED", refused: "unknown host key"},
		{name: "negated before", known: "!127.0.0.1,![127.0.0.1]:*,* $ED", refused: "unknown host key"},
		{name: "negated with the port, but not without", known: "![127.0.0.1]:*,* $ED"},
		{name: "another one negated", known: "*,!other $ED"},
		{name: "only a negation", known: "!other $ED", refused: "unknown host key"},
		{name: "capital letters in the file", host: "localhost", known: "[LocalHost]:$PORT $ED"},
		{name: "capital letters in the name", host: "LOCALHOST", known: "[localhost]:$PORT $ED"},
		{name: "hashed", known: "$HASHED $ED"},
		{name: "hashed without the port", known: "$HASHEDHOST $ED"},
		{name: "hashed, capital letters in the name", host: "LOCALHOST", known: "$HASHEDNAME $ED"},
		{name: "hashed for another", known: "$HASHEDNAME $ED", refused: "unknown host key"},
		{name: "hash and pattern", known: "$HASHED,* $ED", refused: "unknown host key"},
		{name: "old line and new line", known: "[127.0.0.1]:$PORT $OTHER\n[127.0.0.1]:$PORT $ED"},
		{name: "old line with the port, new one without", server: ed, known: "[127.0.0.1]:$PORT $OTHER\n127.0.0.1 $ED", refused: "the host key has changed"},
		{name: "new line with the port, old one without", known: "127.0.0.1 $OTHER\n[127.0.0.1]:$PORT $ED"},
		{name: "lines that say nothing", known: "\n  # comment\nold 1024 35 1234\nx ssh-future AAAA\n@foo * $ED\ny\n \t[127.0.0.1]:$PORT \t $ED me@there"},
		{name: "ends of lines of Windows", known: "x $OTHER\r\n[127.0.0.1]:$PORT $ED\r"},
		{name: "comment for a key", known: "[127.0.0.1]:$PORT # $ED", refused: "unknown host key"},
		{name: "name of RSA's signatures", server: rsa, known: "[127.0.0.1]:$PORT rsa-sha2-512 $RSABLOB"},
		{name: "name of another kind", server: ed, known: "[127.0.0.1]:$PORT ssh-rsa $EDBLOB", refused: "unknown host key"},
		{name: "unknown marker", known: "@foo [127.0.0.1]:$PORT $ED", refused: "unknown host key"},
		{name: "two markers", server: realSSHD{cert: "-h -n 127.0.0.1", keys: "ed"}, known: "@cert-authority @cert-authority * $CA", refused: "unknown host key"},
		{name: "two files", config: "UserKnownHostsFile $DIR/none $DIR/second", files: map[string]string{"second": "[127.0.0.1]:$PORT $ED\n"}},
		{name: "file with a blank in its name", config: "UserKnownHostsFile $DIR/none \"$DIR/a b\"", files: map[string]string{"a b": "[127.0.0.1]:$PORT $ED\n"}},
		{name: "system's file", config: "UserKnownHostsFile none\nGlobalKnownHostsFile $DIR/known"},
		{name: "no file", config: "UserKnownHostsFile none", refused: "unknown host key"},
		{name: "revoked in the system's file", config: "GlobalKnownHostsFile $DIR/second", files: map[string]string{"second": "@revoked * $ED\n"}, refused: "is revoked by"},
		{name: "alias", config: "HostKeyAlias box", known: "box $ED"},
		{name: "alias in capital letters", config: "HostKeyAlias BOX", known: "box $ED"},
		{name: "alias, and the address is known", config: "HostKeyAlias box", refused: "unknown host key"},
		{name: "alias with a port", config: "HostKeyAlias box", known: "[box]:$PORT $ED", refused: "unknown host key"},
		{name: "revoked", known: "[127.0.0.1]:$PORT $ED\n@revoked [127.0.0.1]:$PORT $ED", server: ed, refused: "is revoked by"},
		{name: "revoked for all", known: "@revoked * $ED\n[127.0.0.1]:$PORT $ED", server: ed, refused: "is revoked by"},
		{name: "revoked for another", known: "@revoked other.example $ED\n[127.0.0.1]:$PORT $ED"},
		{name: "revoked for all others", known: "@revoked *,![127.0.0.1]:* $ED\n[127.0.0.1]:$PORT $ED"},
		{name: "revoked without the port", known: "@revoked 127.0.0.1 $ED\n[127.0.0.1]:$PORT $ED"},
		{name: "revoked and known without the port", server: ed, known: "@revoked 127.0.0.1 $ED\n127.0.0.1 $ED", refused: "is revoked by"},
		{name: "another key revoked", known: "@revoked * $OTHER\n[127.0.0.1]:$PORT $ED"},
		{
			name: "revocation of an unknown kind", known: "@revoked * ssh-future AAAA\n[127.0.0.1]:$PORT $ED", refused: "cannot be read, and it revokes",
			stricter: "nobody can tell what it revokes",
		},
	}
}

func certificateAgreements() []agreement {
	good := realSSHD{cert: "-h -n 127.0.0.1,localhost -z 5"}
	sha1 := realSSHD{cert: "-h -n 127.0.0.1 -t ssh-rsa", ca: "rsaca"}
	return []agreement{
		{name: "authority", server: good, known: "@cert-authority * $CA"},
		{name: "authority of the port", server: good, known: "@cert-authority [127.0.0.1]:$PORT $CA"},
		{name: "authority without the port", server: good, known: "@cert-authority 127.0.0.1 $CA"},
		{name: "authority of others", server: good, known: "@cert-authority *.example $CA", refused: "unknown host key"},
		{name: "authority, and an old line", server: good, known: "[127.0.0.1]:$PORT $OTHER\n@cert-authority * $CA"},
		{name: "authority, and old lines of all kinds", server: good, known: "@cert-authority * $CA\n127.0.0.1 $OTHER\n[127.0.0.1]:$PORT $OTHER"},
		{name: "one of several authorities", server: good, known: "@cert-authority * $OTHERCA\n@cert-authority * $CA"},
		{name: "another authority", server: good, known: "@cert-authority * $OTHERCA", refused: "none of the authorities"},
		{name: "another authority, but a known key", server: good, known: "@cert-authority * $OTHERCA\n[127.0.0.1]:$PORT $ED"},
		{name: "no authority, but a known key", server: good},
		{name: "no authority, the key known without the port", server: good, known: "127.0.0.1 $ED"},
		{name: "no authority, old line with the port", server: good, known: "[127.0.0.1]:$PORT $OTHER\n127.0.0.1 $ED"},
		{name: "the authority's key as a host's", server: good, known: "[127.0.0.1]:$PORT $CA", refused: "the host key has changed"},
		{name: "a host's key as an authority", server: realSSHD{keys: "ed"}, known: "@cert-authority * $ED", refused: "unknown host key"},
		{name: "authority after a tab", server: good, known: "@cert-authority\t* $CA", refused: "unknown host key"},
		{name: "authority after a tab, all tabs", server: good, known: "@cert-authority\t*\tssh-ed25519\t$CABLOB"},
		{name: "authority revoked", server: good, known: "@revoked * $CA\n@cert-authority * $CA", refused: "is revoked by"},
		{name: "authority revoked, the key known", server: good, known: "@revoked * $CA\n[127.0.0.1]:$PORT $ED", refused: "is revoked by"},
		{name: "certified key revoked", server: good, known: "@revoked * $ED\n@cert-authority * $CA", refused: "is revoked by"},
		{name: "for another host", server: realSSHD{cert: "-h -n other"}, known: "@cert-authority * $CA", refused: "is not among its principals"},
		{name: "for another host, the key known", server: realSSHD{cert: "-h -n other"}, known: "@cert-authority * $CA\n[127.0.0.1]:$PORT $ED"},
		{name: "for another host, the key known without the port", server: realSSHD{cert: "-h -n other"}, known: "@cert-authority * $CA\n127.0.0.1 $ED"},
		{name: "for the alias", server: realSSHD{cert: "-h -n box"}, config: "HostKeyAlias Box", known: "@cert-authority * $CA"},
		{name: "for the address, not the alias", server: good, config: "HostKeyAlias box", known: "@cert-authority * $CA", refused: "is not among its principals"},
		{name: "name in capital letters", server: good, host: "LOCALHOST", known: "@cert-authority * $CA"},
		{name: "principal in capital letters", server: realSSHD{cert: "-h -n LOCALHOST"}, host: "localhost", known: "@cert-authority * $CA", refused: "is not among its principals"},
		{name: "expired", server: realSSHD{cert: "-h -n 127.0.0.1 -V 20200101:20200102"}, known: "@cert-authority * $CA", refused: "has expired"},
		{name: "not yet valid", server: realSSHD{cert: "-h -n 127.0.0.1 -V 20990101:20990102"}, known: "@cert-authority * $CA", refused: "not yet valid"},
		{name: "critical option", server: realSSHD{cert: "-h -n 127.0.0.1 -O critical:x@y=z"}, known: "@cert-authority * $CA", refused: "critical options"},
		{name: "extension", server: realSSHD{cert: "-h -n 127.0.0.1 -O extension:x@y=z"}, known: "@cert-authority * $CA"},
		{name: "a user's certificate", server: realSSHD{cert: "-n 127.0.0.1"}, known: "@cert-authority * $CA", refused: "a user's"},
		{name: "a user's certificate, the key known", server: realSSHD{cert: "-n 127.0.0.1"}, known: "@cert-authority * $CA\n[127.0.0.1]:$PORT $ED"},
		{
			name: "no principals", server: realSSHD{cert: "-h"}, known: "@cert-authority * $CA", refused: "names no host",
			stricter: "later versions of OpenSSH refuse it, too",
		},
		{name: "signed with SHA-1", server: sha1, known: "@cert-authority * $RSACA", refused: "signed it with ssh-rsa"},
		{name: "signed with SHA-1, the key known", server: sha1, known: "@cert-authority * $RSACA\n[127.0.0.1]:$PORT $ED"},
		{name: "signed with SHA-1, as allowed", server: sha1, config: "CASignatureAlgorithms +ssh-rsa", known: "@cert-authority * $RSACA"},
		{name: "signed with SHA-512", server: realSSHD{cert: "-h -n 127.0.0.1 -t rsa-sha2-512", ca: "rsaca"}, known: "@cert-authority * $RSACA"},
		{name: "signed with what is not allowed", server: good, config: "CASignatureAlgorithms rsa-sha2-512", known: "@cert-authority * $CA", refused: "CASignatureAlgorithms"},
		{name: "certificate of a weak key", server: realSSHD{keys: "rsa", cert: "-h -n 127.0.0.1"}, config: "RequiredRSASize 4096", known: "@cert-authority * $CA", refused: "RequiredRSASize"},
		{name: "certificates not allowed", server: good, config: "HostKeyAlgorithms ssh-ed25519", known: "@cert-authority * $CA", refused: "unknown host key"},
	}
}

func revocationAgreements() []agreement {
	cert := realSSHD{cert: "-h -n 127.0.0.1 -z 5"}
	big := realSSHD{cert: "-h -n 127.0.0.1 -z 1000000007"}
	none := realSSHD{cert: "-h -n 127.0.0.1"}
	const authority = "@cert-authority * $CA"
	const key, krl = "RevokedHostKeys $DIR/revoked", "RevokedHostKeys $DIR/krl"
	is := func(text string) map[string]string { return map[string]string{"revoked": text} }
	return []agreement{
		{name: "key in a file", config: key, files: is("$ED me@there\n"), refused: "is revoked by"},
		{name: "another key in a file", config: key, files: is("# comment\n\n$OTHER\n")},
		{name: "second of two keys in a file", config: key, files: is("$OTHER\n$ED\n"), refused: "is revoked by"},
		{name: "authority in a file", server: cert, config: key, files: is("$CA\n"), known: authority, refused: "is revoked by"},
		{name: "authority in a file, the key known", server: cert, config: key, files: is("$CA\n"), refused: "is revoked by"},
		{name: "empty file", config: key, files: is("")},
		{name: "no such file", config: key, refused: "no host key can be trusted"},
		{name: "folder", config: "RevokedHostKeys $DIR", refused: "no host key can be trusted"},
		{name: "nonsense in a file", config: key, files: is("nonsense\n"), refused: "line 1 is not a public key"},
		{name: "known_hosts as a file", config: key, files: is("other $OTHER\n"), refused: "line 1 is not a public key"},
		{name: "no file of revocations", config: "RevokedHostKeys none"},
		{name: "file for another host", config: "Host other\n RevokedHostKeys $DIR/none"},
		{name: "name of the file with a blank", config: "RevokedHostKeys \"$DIR/a b\"", files: map[string]string{"a b": "$ED\n"}, refused: "is revoked by"},
		{name: "KRL with the key", config: krl, krl: "key: $ED\n", refused: "is revoked by"},
		{name: "KRL with another key", config: krl, krl: "key: $OTHER\n"},
		{name: "KRL with its SHA-1", config: krl, krl: "sha1: $ED\n", refused: "is revoked by"},
		{name: "KRL with its SHA-256", config: krl, krl: "sha256: $ED\n", refused: "is revoked by"},
		{name: "KRL with another SHA-256", config: krl, krl: "sha256: $OTHER\n"},
		{name: "KRL with the authority's key", server: cert, config: krl, krl: "key: $CA\n", known: authority, refused: "is revoked by"},
		{name: "KRL with the certified key", server: cert, config: krl, krl: "sha256: $ED\n", known: authority, refused: "is revoked by"},
		{name: "KRL with the serial", server: cert, config: krl, krl: "serial: 5\n", krlOf: "ca", known: authority, refused: "is revoked by"},
		{name: "KRL with another serial", server: cert, config: krl, krl: "serial: 6\n", krlOf: "ca", known: authority},
		{name: "KRL with the serial, the key known", server: cert, config: krl, krl: "serial: 5\n", krlOf: "ca", refused: "is revoked by"},
		{name: "KRL with the serial of another authority", server: cert, config: krl, krl: "serial: 5\n", krlOf: "otherca", known: authority},
		{name: "KRL with the serial of all authorities", server: cert, config: krl, krl: "serial: 5\n", krlOf: "all", known: authority, refused: "is revoked by"},
		{name: "KRL with a range", server: cert, config: krl, krl: "serial: 1-1000\n", krlOf: "ca", known: authority, refused: "is revoked by"},
		{name: "KRL with another range", server: cert, config: krl, krl: "serial: 6-1000\n", krlOf: "ca", known: authority},
		{name: "KRL with a bitmap", server: cert, config: krl, krl: "serial: 1\nserial: 3\nserial: 5\nserial: 7\nserial: 9\nserial: 11\nserial: 13\n", krlOf: "ca", known: authority, refused: "is revoked by"},
		{name: "KRL with another bitmap", server: cert, config: krl, krl: "serial: 1\nserial: 3\nserial: 7\nserial: 9\nserial: 11\nserial: 13\nserial: 15\n", krlOf: "ca", known: authority},
		{name: "KRL with a large serial", server: big, config: krl, krl: "serial: 1000000001\nserial: 1000000003\nserial: 1000000007\nserial: 1000000011\n", krlOf: "ca", known: authority, refused: "is revoked by"},
		{name: "KRL with the key ID", server: cert, config: krl, krl: "id: the host\n", krlOf: "ca", known: authority, refused: "is revoked by"},
		{name: "KRL with another key ID", server: cert, config: krl, krl: "id: The host\n", krlOf: "ca", known: authority},
		{name: "KRL with the key ID of all authorities", server: cert, config: krl, krl: "id: the host\n", krlOf: "all", known: authority, refused: "is revoked by"},
		{name: "certificate without a serial", server: none, config: krl, krl: "serial: 1-100\n", krlOf: "ca", known: authority},
		{name: "KRL that is cut", config: krl, krl: "key: $OTHER\n", ruin: true, refused: "no host key can be trusted"},
	}
}

func algorithmAgreements() []agreement {
	rsa := realSSHD{keys: "rsa"}
	old := realSSHD{keys: "rsa", more: "HostKeyAlgorithms ssh-rsa"}
	oldKex := realSSHD{more: "KexAlgorithms diffie-hellman-group14-sha1"}
	kex, cipher := realSSHD{more: "KexAlgorithms curve25519-sha256"}, realSSHD{more: "Ciphers aes256-ctr\nMACs hmac-sha2-512"}
	const known = "[127.0.0.1]:$PORT $RSA"
	return []agreement{
		{name: "RSA", server: rsa, known: known},
		{name: "kind of key not allowed", server: rsa, known: known, config: "HostKeyAlgorithms ssh-ed25519", refused: "no common algorithm for host key"},
		{name: "kind of key removed", server: rsa, known: known, config: "HostKeyAlgorithms -rsa*", refused: "no common algorithm for host key"},
		{name: "one of its kinds allowed", known: known, config: "HostKeyAlgorithms rsa-sha2-256"},
		{name: "known kind not allowed", known: known, config: "HostKeyAlgorithms ssh-ed25519", refused: "the host key has changed"},
		{name: "SHA-1", server: old, known: known, refused: "no common algorithm for host key"},
		{name: "SHA-1, as allowed", server: old, known: known, config: "HostKeyAlgorithms +ssh-rsa"},
		{name: "RequiredRSASize", server: rsa, known: known, config: "RequiredRSASize 4096", refused: "it has 2048 bits, and RequiredRSASize is 4096"},
		{name: "RequiredRSASize that it has", server: rsa, known: known, config: "RequiredRSASize 2048"},
		{name: "key exchange", server: kex},
		{name: "key exchange not allowed", server: kex, config: "KexAlgorithms ecdh-sha2-nistp256", refused: "no common algorithm for key exchange"},
		{name: "key exchange with SHA-1", server: oldKex, refused: "no common algorithm for key exchange"},
		{name: "key exchange with SHA-1, as allowed", server: oldKex, config: "KexAlgorithms +diffie-hellman-group14-sha1"},
		{name: "cipher", server: cipher},
		{name: "cipher not allowed", server: cipher, config: "Ciphers aes128-ctr,aes128-gcm@openssh.com", refused: "cipher"},
		{name: "MAC not allowed", server: cipher, config: "MACs hmac-sha2-256", refused: "MAC"},
		{name: "old cipher", server: realSSHD{more: "Ciphers aes128-cbc"}, refused: "cipher"},
		{name: "old cipher, as allowed", server: realSSHD{more: "Ciphers aes128-cbc"}, config: "Ciphers +aes128-cbc"},
	}
}

func loginAgreements() []agreement {
	sha1 := realSSHD{more: "PubkeyAcceptedAlgorithms ssh-rsa"}
	return []agreement{
		{name: "BindAddress", config: "BindAddress 127.0.0.9"},
		{name: "BindAddress that is not there", config: "BindAddress 192.0.2.1", refused: "cannot assign requested address"},
		{name: "keys not allowed", config: "PubkeyAuthentication no", refused: "ssh_config does not allow publickey"},
		{name: "only passwords", config: "PreferredAuthentications password", refused: "ssh_config does not allow publickey"},
		{name: "keys preferred", config: "PreferredAuthentications hostbased,publickey"},
		{name: "kind of key may not log in", config: "PubkeyAcceptedAlgorithms rsa-sha2-512", refused: "PubkeyAcceptedAlgorithms does not allow"},
		{name: "kind of key may log in", login: "idrsa", config: "PubkeyAcceptedAlgorithms rsa-sha2-512"},
		{name: "key too short to log in", login: "idrsa", config: "RequiredRSASize 4096", refused: "RequiredRSASize"},
		{name: "login with SHA-1", server: sha1, login: "idrsa", refused: "refuses"},
		{name: "login with SHA-1, as allowed", server: sha1, login: "idrsa", config: "PubkeyAcceptedAlgorithms ssh-rsa"},
		{name: "command for the file descriptor", config: "ProxyCommand false\nProxyUseFdpass yes", refused: "ProxyUseFdpass"},
		{name: "command that has no host", config: "KnownHostsCommand /bin/true", known: "# nothing", refused: "KnownHostsCommand"},
		{name: "mistake in the file", config: "NoSuchKeyword yes", refused: "Bad configuration option: nosuchkeyword"},
		{name: "none after an identity", config: "IdentityFile $DIR/id\nIdentityFile none"},
		{name: "unknown keyword that is allowed", config: "IgnoreUnknown NoSuch*\nNoSuchKeyword yes"},
		{name: "DNS would know", config: "VerifyHostKeyDNS yes", known: "# nothing", refused: "unknown host key"},
		{
			name: "no verification", config: "StrictHostKeyChecking no", known: "# nothing", refused: "unknown host key",
			stricter: "host keys are always verified",
		},
		{
			name: "new ones accepted", config: "StrictHostKeyChecking accept-new", known: "# nothing", refused: "unknown host key",
			stricter: "host keys are always verified",
		},
		{
			name: "no verification of this machine", config: "NoHostAuthenticationForLocalhost yes", known: "# nothing", refused: "unknown host key",
			stricter: "host keys are always verified",
		},
		{
			name: "command that knows hosts", config: "KnownHostsCommand /bin/cat $DIR/known", refused: "KnownHostsCommand",
			stricter: "it is not supported",
		},
	}
}

func jumpAgreements() []agreement {
	const hop = "Host hop\n HostName 127.0.0.1\n Port $HOP\n"
	const box = "\nHost box\n HostName 127.0.0.1\n ProxyJump hop\n"
	const both = "[127.0.0.1]:$HOP $RSA\n[127.0.0.1]:$PORT $ED"
	at := func(name, more, known, refused string) agreement {
		return agreement{name: name, host: "box", config: hop + more + box, known: known, refused: refused}
	}
	return []agreement{
		at("hop", "", both, ""),
		at("unknown hop", "", "[127.0.0.1]:$PORT $ED", "jump host 127.0.0.1"),
		at("unknown behind the hop", "", "[127.0.0.1]:$HOP $RSA", "handshake: unknown host key"),
		at("changed hop", "", "[127.0.0.1]:$HOP $OTHER\n[127.0.0.1]:$PORT $ED", "jump host 127.0.0.1"),
		at("revoked hop", " RevokedHostKeys $DIR/krl\n", both, "no host key can be trusted"),
		at("hop with an alias", " HostKeyAlias bastion\n", "bastion $RSA\n[127.0.0.1]:$PORT $ED", ""),
		at("hop's own file", " UserKnownHostsFile $DIR/none\n", both, "jump host 127.0.0.1"),
		at("hop too weak", " RequiredRSASize 4096\n", both, "RequiredRSASize"),
		at("hop's algorithms", " HostKeyAlgorithms ssh-ed25519\n", both, "no common algorithm"),
		{
			name: "the hop's revocations are not the host's", host: "box", config: hop + " RevokedHostKeys $DIR/revoked\n" + box, known: both,
			files: map[string]string{"revoked": "$ED\n"},
		},
		{
			name: "the host's revocations are not the hop's", host: "box", config: hop + box + " RevokedHostKeys $DIR/revoked\n", known: both,
			files: map[string]string{"revoked": "$RSA\n"},
		},
		{
			name: "revoked for the hop", host: "box", config: hop + " RevokedHostKeys $DIR/revoked\n" + box, known: both,
			files: map[string]string{"revoked": "$RSA\n"}, refused: "is revoked by",
		},
		{
			name: "hop's own login", host: "box", config: hop + " IdentityFile $DIR/idrsa\n PubkeyAcceptedAlgorithms rsa-sha2-256\n" + box, known: both,
		},
	}
}
