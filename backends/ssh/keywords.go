package ssh

import (
	"cmp"
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

// keyword is what Avow does with some keywords of ssh_config.
type keyword struct {
	names    string // separated by blanks
	use      keywordUse
	harmless string // values without effect, separated by blanks
	why      string
}

const alwaysVerified = "host keys are always verified"

// keywords are all keywords of OpenSSH 9.2 and, as far as known, those of other versions and distributions.
var keywords = []keyword{
	// The way to the host.
	{names: "HostName User Port AddressFamily BindAddress ConnectTimeout ProxyJump ProxyCommand"},
	{names: "ServerAliveInterval ServerAliveCountMax"},
	{names: "BindInterface", use: refused, why: "use BindAddress"},
	{
		names: "ProxyUseFdpass", use: refused, harmless: "no false",
		why: "the ProxyCommand has to pass the bytes itself",
	},
	{names: "RefuseConnection", use: refused, why: "the configuration forbids the connection"},
	{names: "Host", use: irrelevant, why: "it is the name that was asked about"},
	{names: "ConnectionAttempts", use: irrelevant, why: "a target's wait says how long to try"},
	{names: "TCPKeepAlive", use: irrelevant, why: "ServerAliveInterval notices more"},
	{names: "Compression", use: irrelevant, why: "servers do without it"},
	{names: "RekeyLimit", use: irrelevant, why: "keys are renewed after 1 GiB at the latest"},
	{names: "IPQoS", use: irrelevant, why: "it is about speed"},

	// Trust in the host.
	{names: "HostKeyAlias UserKnownHostsFile GlobalKnownHostsFile RevokedHostKeys CheckHostIP"},
	{names: "HostKeyAlgorithms CASignatureAlgorithms RequiredRSASize KexAlgorithms Ciphers MACs"},
	{names: "KnownHostsCommand", use: refused, why: "write what it prints to a file of UserKnownHostsFile"},
	{names: "StrictHostKeyChecking", use: overruled, harmless: "yes true ask", why: alwaysVerified},
	{names: "VerifyHostKeyDNS", use: overruled, harmless: "no false ask", why: "known_hosts has to have the key"},
	{names: "NoHostAuthenticationForLocalhost", use: overruled, harmless: "no false", why: alwaysVerified},
	{names: "UpdateHostKeys HashKnownHosts", use: irrelevant, why: "nothing is written to known_hosts"},

	// The login.
	{names: "IdentityFile IdentitiesOnly IdentityAgent CertificateFile PubkeyAuthentication PubkeyAcceptedAlgorithms"},
	{names: "PreferredAuthentications PasswordAuthentication KbdInteractiveAuthentication BatchMode"},
	{names: "PKCS11Provider", use: overruled, why: "add the key to ssh-agent"},
	{names: "KbdInteractiveDevices", use: irrelevant, why: "the server chooses how it asks"},
	{names: "NumberOfPasswordPrompts", use: irrelevant, why: "a password is offered once"},
	{names: "SecurityKeyProvider", use: irrelevant, why: "keys on tokens are used by way of ssh-agent"},
	{names: "UseKeychain", use: irrelevant, why: "it is macOS's; ssh-agent has the keys"},
	{names: "AddKeysToAgent", use: irrelevant, why: "no key is added to the agent"},
	{
		names: "HostbasedAuthentication HostbasedAcceptedAlgorithms EnableSSHKeysign",
		use:   irrelevant, why: "host-based login is not offered",
	},
	{
		names: "GSSAPIAuthentication GSSAPIDelegateCredentials GSSAPIKeyExchange GSSAPIKexAlgorithms GSSAPITrustDNS " +
			"GSSAPIRenewalForcesRekey GSSAPIClientIdentity GSSAPIServerIdentity",
		use: irrelevant, why: "GSSAPI is not offered; the host is verified by its key",
	},

	// All else.
	{names: "CanonicalizeHostname", use: evaluated, harmless: "no false none"},
	{names: "CanonicalizePermittedCNAMEs", use: evaluated, harmless: "none"},
	{
		names: "CanonicalDomains CanonicalizeFallbackLocal CanonicalizeMaxDots",
		use:   irrelevant, why: "CanonicalizeHostname decides",
	},
	{names: "Tag", use: irrelevant, why: "it is for Match"},
	{names: "IgnoreUnknown", use: irrelevant, why: "it is for ssh_config itself"},
	{
		names: "ControlMaster ControlPath ControlPersist",
		use:   irrelevant, why: "connections of ssh are not shared; each host is verified",
	},
	{
		names: "ClearAllForwardings ExitOnForwardFailure ForwardAgent ForwardX11 ForwardX11Timeout ForwardX11Trusted " +
			"XAuthLocation GatewayPorts LocalForward RemoteForward DynamicForward PermitRemoteOpen StreamLocalBindMask " +
			"StreamLocalBindUnlink Tunnel TunnelDevice",
		use: irrelevant, why: "nothing is forwarded",
	},
	{names: "LocalCommand PermitLocalCommand", use: irrelevant, why: "no LocalCommand is run"},
	{
		names: "RemoteCommand RequestTTY SessionType StdinNull ForkAfterAuthentication EscapeChar " +
			"EnableEscapeCommandline ObscureKeystrokeTiming ChannelTimeout",
		use: irrelevant, why: "sessions run /bin/sh without a terminal",
	},
	{names: "SendEnv SetEnv", use: irrelevant, why: "a target's commands have the environment of its login"},
	{
		names: "FingerprintHash VisualHostKey LogLevel LogVerbose SyslogFacility WarnWeakCrypto VersionAddendum",
		use:   irrelevant, why: "it is about what ssh itself shows or logs",
	},
	{names: "Protocol", use: irrelevant, why: "there is only SSH 2"},
	{
		names: "Cipher CompressionLevel RSAAuthentication RhostsRSAAuthentication UsePrivilegedPort UseRoaming",
		use:   irrelevant, why: "OpenSSH ignores it, too",
	},
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
	return cmp.Or(otherNames[lower(name)], lower(name))
}

func isKeyword(name string) bool {
	return slices.ContainsFunc(keywords, func(k keyword) bool {
		return slices.Contains(strings.Fields(lower(k.names)), name)
	})
}

// checkKeywords rejects keywords that Avow cannot follow, and warns about those that it ignores.
func (s *Client) checkKeywords(w words, byClient bool) error {
	for _, k := range keywords {
		for name := range strings.FieldsSeq(k.names) {
			values := w[lower(name)]
			switch {
			case len(values) == 0 || values[0] == "none" || slices.Contains(strings.Fields(k.harmless), lower(values[0])):
			case name == "ProxyUseFdpass" && w.one("proxycommand") == "":
			case k.use == refused:
				return fmt.Errorf("ssh_config: %s %s is not supported: %s", name, values[0], k.why)
			case k.use == evaluated && !byClient:
				return fmt.Errorf("ssh_config: %s %s needs the ssh client of OpenSSH, which is not installed here",
					name, values[0])
			case k.use == overruled:
				s.warn(fmt.Sprintf("%s %s is ignored: %s", name, values[0], k.why))
			}
		}
	}
	return nil
}
