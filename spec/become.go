package spec

// Account is another user to become on a target, and how. The zero value is whoever the login is.
type Account struct {
	Method   string // "sudo", "doas" or "su"
	User     string
	Password string // "" when none is offered
}
