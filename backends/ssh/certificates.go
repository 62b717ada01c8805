package ssh

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"
)

// mostPrincipals is how many names OpenSSH reads in a certificate.
const mostPrincipals = 256

// wellFormed reports whether OpenSSH would read a certificate at all. It checks the authority's signature when
// it parses one, so that the key in a forged certificate counts for nothing, even where it is known by itself.
func wellFormed(cert *ssh.Certificate) bool {
	if cert.CertType != ssh.HostCert && cert.CertType != ssh.UserCert || len(cert.ValidPrincipals) > mostPrincipals {
		return false
	}
	name := ""
	if len(cert.ValidPrincipals) > 0 {
		name = cert.ValidPrincipals[0]
	}
	// The library has no function for the signature alone, so all other checks are made to pass.
	checker := ssh.CertChecker{
		SupportedCriticalOptions: slices.Collect(maps.Keys(cert.CriticalOptions)),
		Clock:                    func() time.Time { return time.Unix(int64(cert.ValidAfter), 0) },
	}
	return checker.CheckCert(name, cert) == nil
}

// checkCertificate returns why a host certificate of a known authority is not valid for a name. Names are compared as a
// whole: OpenSSH 9.2 has no wildcards in them. Older versions of OpenSSH accepted a certificate without any names for
// all hosts; it is refused here.
func checkCertificate(cert *ssh.Certificate, name string, signatures []string) error {
	now := uint64(time.Now().Unix())
	switch {
	case cert.CertType != ssh.HostCert:
		return errors.New("it is a user's, not a host's")
	case now < cert.ValidAfter:
		return errors.New("it is not yet valid")
	case now >= cert.ValidBefore:
		return errors.New("it has expired")
	case len(cert.ValidPrincipals) == 0:
		return errors.New("it names no host as its principal")
	case !slices.Contains(cert.ValidPrincipals, name):
		return fmt.Errorf("%q is not among its principals %q", name, cert.ValidPrincipals)
	case len(cert.CriticalOptions) > 0:
		return errors.New("it has critical options, which no host certificate may have")
	case !slices.Contains(signatures, cert.Signature.Format):
		return fmt.Errorf("its authority signed it with %s, which CASignatureAlgorithms does not allow",
			cert.Signature.Format)
	}
	return nil
}
