package ssh

import (
	"fmt"
	"slices"
	"strings"
)

// keywordUse is how Avow treats a keyword of ssh_config.
type keywordUse int

const (
	honoured   keywordUse = iota
	irrelevant            // no effect on whether OpenSSH connects, or Avow can log in
	evaluated             // `ssh -G` has evaluated it; refused where the files are read here
	overruled             // Avow is stricter, or lacks it, and warns
	refused               // Avow cannot do it, and stops
)

// keyword is a keyword of ssh_config.
type keyword struct {
	name     string
	use      keywordUse
	harmless string // values without effect, separated by blanks
	why      string
}

// Reasons that many keywords share.
const (
	alwaysVerified = "host keys are always verified"

	noForwarding = "nothing is forwarded"
	noTerminal   = "sessions run /bin/sh without a terminal"
	noWriting    = "nothing is written to known_hosts"
	ownLog       = "it is about what ssh itself shows or logs"
	ownMaster    = "connections of ssh are not shared; each host is verified"
	noGSSAPI     = "GSSAPI is not offered; the host is verified by its key"
	obsolete     = "OpenSSH ignores it, too"
	noHostBased  = "host-based login is not offered"
)

// keywords are all keywords of OpenSSH 9.2 and, as far as known, those of other versions and distributions.
var keywords = []keyword{
	{name: "Host", use: irrelevant, why: "it is the name that was asked about"},
	{name: "User"},
	{name: "HostName"},
	{name: "Port"},
	{name: "AddressFamily"},
	{name: "BindAddress"},
	{name: "BindInterface", use: refused, why: "use BindAddress"},
	{name: "ConnectTimeout"},
	{name: "ServerAliveInterval"},
	{name: "ServerAliveCountMax"},
	{name: "ConnectionAttempts", use: irrelevant, why: "a target's wait says how long to try"},
	{name: "TCPKeepAlive", use: irrelevant, why: "ServerAliveInterval notices more"},
	{name: "ProxyJump"},
	{name: "ProxyCommand"},
	{name: "ProxyUseFdpass", use: refused, harmless: "no false", why: "the ProxyCommand has to pass the bytes itself"},
	{name: "RefuseConnection", use: refused, why: "the configuration forbids the connection"},
	{name: "Compression", use: irrelevant, why: "servers do without it"},
	{name: "RekeyLimit", use: irrelevant, why: "keys are renewed after 1 GiB at the latest"},
	{name: "IPQoS", use: irrelevant, why: "it is about speed"},

	{name: "HostKeyAlias"},
	{name: "UserKnownHostsFile"},
	{name: "GlobalKnownHostsFile"},
	{name: "RevokedHostKeys"},
	{name: "KnownHostsCommand", use: refused, why: "write what it prints to a file of UserKnownHostsFile"},
	{name: "CheckHostIP"},
	{name: "HostKeyAlgorithms"},
	{name: "CASignatureAlgorithms"},
	{name: "RequiredRSASize"},
	{name: "KexAlgorithms"},
	{name: "Ciphers"},
	{name: "MACs"},
	{name: "StrictHostKeyChecking", use: overruled, harmless: "yes true ask", why: alwaysVerified},
	{name: "VerifyHostKeyDNS", use: overruled, harmless: "no false ask", why: "known_hosts has to have the key"},
	{name: "NoHostAuthenticationForLocalhost", use: overruled, harmless: "no false", why: alwaysVerified},
	{name: "UpdateHostKeys", use: irrelevant, why: noWriting},
	{name: "HashKnownHosts", use: irrelevant, why: noWriting},
	{name: "FingerprintHash", use: irrelevant, why: ownLog},
	{name: "VisualHostKey", use: irrelevant, why: ownLog},

	{name: "IdentityFile"},
	{name: "IdentitiesOnly"},
	{name: "IdentityAgent"},
	{name: "CertificateFile"},
	{name: "PubkeyAuthentication"},
	{name: "PubkeyAcceptedAlgorithms"},
	{name: "PreferredAuthentications"},
	{name: "PasswordAuthentication"},
	{name: "KbdInteractiveAuthentication"},
	{name: "BatchMode"},
	{name: "KbdInteractiveDevices", use: irrelevant, why: "the server chooses how it asks"},
	{name: "NumberOfPasswordPrompts", use: irrelevant, why: "a password is offered once"},
	{name: "PKCS11Provider", use: overruled, why: "add the key to ssh-agent"},
	{name: "SecurityKeyProvider", use: irrelevant, why: "keys on tokens are used by way of ssh-agent"},
	{name: "AddKeysToAgent", use: irrelevant, why: "no key is added to the agent"},
	{name: "HostbasedAuthentication", use: irrelevant, why: noHostBased},
	{name: "HostbasedAcceptedAlgorithms", use: irrelevant, why: noHostBased},
	{name: "EnableSSHKeysign", use: irrelevant, why: noHostBased},
	{name: "GSSAPIAuthentication", use: irrelevant, why: noGSSAPI},
	{name: "GSSAPIDelegateCredentials", use: irrelevant, why: noGSSAPI},
	{name: "GSSAPIKeyExchange", use: irrelevant, why: noGSSAPI},
	{name: "GSSAPIKexAlgorithms", use: irrelevant, why: noGSSAPI},
	{name: "GSSAPITrustDNS", use: irrelevant, why: noGSSAPI},
	{name: "GSSAPIRenewalForcesRekey", use: irrelevant, why: noGSSAPI},
	{name: "GSSAPIClientIdentity", use: irrelevant, why: noGSSAPI},
	{name: "GSSAPIServerIdentity", use: irrelevant, why: noGSSAPI},

	{name: "CanonicalizeHostname", use: evaluated, harmless: "no false none"},
	{name: "CanonicalizePermittedCNAMEs", use: evaluated, harmless: "none"},
	{name: "CanonicalDomains", use: irrelevant, why: "CanonicalizeHostname decides"},
	{name: "CanonicalizeFallbackLocal", use: irrelevant, why: "CanonicalizeHostname decides"},
	{name: "CanonicalizeMaxDots", use: irrelevant, why: "CanonicalizeHostname decides"},
	{name: "Tag", use: irrelevant, why: "it is for Match"},
	{name: "IgnoreUnknown", use: irrelevant, why: "it is for ssh_config itself"},

	{name: "ControlMaster", use: irrelevant, why: ownMaster},
	{name: "ControlPath", use: irrelevant, why: ownMaster},
	{name: "ControlPersist", use: irrelevant, why: ownMaster},
	{name: "ClearAllForwardings", use: irrelevant, why: noForwarding},
	{name: "ExitOnForwardFailure", use: irrelevant, why: noForwarding},
	{name: "ForwardAgent", use: irrelevant, why: noForwarding},
	{name: "ForwardX11", use: irrelevant, why: noForwarding},
	{name: "ForwardX11Timeout", use: irrelevant, why: noForwarding},
	{name: "ForwardX11Trusted", use: irrelevant, why: noForwarding},
	{name: "XAuthLocation", use: irrelevant, why: noForwarding},
	{name: "GatewayPorts", use: irrelevant, why: noForwarding},
	{name: "LocalForward", use: irrelevant, why: noForwarding},
	{name: "RemoteForward", use: irrelevant, why: noForwarding},
	{name: "DynamicForward", use: irrelevant, why: noForwarding},
	{name: "PermitRemoteOpen", use: irrelevant, why: noForwarding},
	{name: "StreamLocalBindMask", use: irrelevant, why: noForwarding},
	{name: "StreamLocalBindUnlink", use: irrelevant, why: noForwarding},
	{name: "Tunnel", use: irrelevant, why: noForwarding},
	{name: "TunnelDevice", use: irrelevant, why: noForwarding},
	{name: "LocalCommand", use: irrelevant, why: "it is not run"},
	{name: "PermitLocalCommand", use: irrelevant, why: "no LocalCommand is run"},
	{name: "RemoteCommand", use: irrelevant, why: noTerminal},
	{name: "RequestTTY", use: irrelevant, why: noTerminal},
	{name: "SessionType", use: irrelevant, why: noTerminal},
	{name: "StdinNull", use: irrelevant, why: noTerminal},
	{name: "ForkAfterAuthentication", use: irrelevant, why: noTerminal},
	{name: "EscapeChar", use: irrelevant, why: noTerminal},
	{name: "EnableEscapeCommandline", use: irrelevant, why: noTerminal},
	{name: "ObscureKeystrokeTiming", use: irrelevant, why: noTerminal},
	{name: "ChannelTimeout", use: irrelevant, why: noTerminal},
	{name: "SendEnv", use: irrelevant, why: "a target's commands have the environment of its login"},
	{name: "SetEnv", use: irrelevant, why: "a target's commands have the environment of its login"},
	{name: "LogLevel", use: irrelevant, why: ownLog},
	{name: "LogVerbose", use: irrelevant, why: ownLog},
	{name: "SyslogFacility", use: irrelevant, why: ownLog},
	{name: "WarnWeakCrypto", use: irrelevant, why: ownLog},
	{name: "VersionAddendum", use: irrelevant, why: ownLog},
	{name: "UseKeychain", use: irrelevant, why: "it is macOS's; ssh-agent has the keys"},
	{name: "Protocol", use: irrelevant, why: "there is only SSH 2"},
	{name: "Cipher", use: irrelevant, why: obsolete},
	{name: "CompressionLevel", use: irrelevant, why: obsolete},
	{name: "RSAAuthentication", use: irrelevant, why: obsolete},
	{name: "RhostsRSAAuthentication", use: irrelevant, why: obsolete},
	{name: "UsePrivilegedPort", use: irrelevant, why: obsolete},
	{name: "UseRoaming", use: irrelevant, why: obsolete},
}

// otherNames maps other names of keywords, from older versions and files.
var otherNames = map[string]string{
	"pubkeyacceptedkeytypes": "pubkeyacceptedalgorithms", "hostbasedkeytypes": "hostbasedacceptedalgorithms",
	"challengeresponseauthentication": "kbdinteractiveauthentication",
	"skeyauthentication":              "kbdinteractiveauthentication",
	"tisauthentication":               "kbdinteractiveauthentication", "dsaauthentication": "pubkeyauthentication",
	"identityfile2": "identityfile", "keepalive": "tcpkeepalive", "smartcarddevice": "pkcs11provider",
	"rsaminsize": "requiredrsasize", // RHEL 8 and 9 had it before OpenSSH
}

// keywordName returns the name in the table.
func keywordName(name string) string {
	name = lower(name)
	if usual, ok := otherNames[name]; ok {
		return usual
	}
	return name
}

func findKeyword(name string) (keyword, bool) {
	i := slices.IndexFunc(keywords, func(k keyword) bool { return lower(k.name) == name })
	if i < 0 {
		return keyword{}, false
	}
	return keywords[i], true
}

// changes reports whether a value has an effect.
func (k keyword) changes(values []string) bool {
	return len(values) > 0 && !slices.Contains(strings.Fields(k.harmless), lower(values[0])) && values[0] != "none"
}

// checkKeywords rejects keywords that Avow cannot follow, and warns about those that it ignores.
func (s *Client) checkKeywords(w words, byClient bool) error {
	for _, k := range keywords {
		values := w[lower(k.name)]
		if !k.changes(values) {
			continue
		}
		switch {
		case k.name == "ProxyUseFdpass" && w.one("proxycommand") == "":
		case k.use == refused:
			return fmt.Errorf("ssh_config: %s %s is not supported: %s", k.name, values[0], k.why)
		case k.use == evaluated && !byClient:
			return fmt.Errorf("ssh_config: %s %s needs the ssh client of OpenSSH, which is not installed here",
				k.name, values[0])
		case k.use == overruled:
			s.warn(fmt.Sprintf("%s %s is ignored: %s", k.name, values[0], k.why))
		}
	}
	return nil
}
