package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

var becomeSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "method"}, {Name: "user"}, {Name: "password"}, {Name: "password_file"},
}}

// become reads the become block of a target, a describe or a resource; by default, it inherits that of the enclosing
// block.
func (l *loader) become(blocks hcl.Blocks, outer Account) Account {
	found := blocks.OfType("become")
	if len(found) == 0 {
		return outer
	}
	for _, b := range found[1:] {
		l.mistake(b.DefRange, "Two become blocks", "One can become only one other user at a time.")
	}
	return l.account(found[len(found)-1])
}

func (l *loader) account(b *hcl.Block) Account {
	content, _ := l.content(b, becomeSchema)
	for _, name := range []string{"method", "user", "password_file"} {
		if _, secret, _ := l.written(content.Attributes[name], nil); secret {
			l.mistake(content.Attributes[name].Expr.Range(), "A sensitive "+name,
				"Reports and errors show it. In this block, only the password can be sensitive.")
		}
	}
	account := Account{Method: "sudo", User: "root"}
	fields := map[string]*string{"method": &account.Method, "user": &account.User, "password": &account.Password}
	for name, field := range fields {
		if text := l.plainText(content.Attributes[name]); text != "" {
			*field = text
		}
	}
	if text := l.passwordFile(content.Attributes["password_file"]); text != "" {
		account.Password = text
	}
	if account.Password == "" {
		account.Password = l.options.BecomePassword
	}
	if account.Password != "" {
		l.suite.Secrets = append(l.suite.Secrets, appearances(account.Password)...)
	}
	if l.options.CheckAccount != nil {
		if err := l.options.CheckAccount(account); err != nil {
			l.mistake(b.DefRange, "Wrong become", "%s", sentence(err))
		}
	}
	return account
}

// plainText returns a string whose sensitivity the caller handles; "" if it is missing or wrong.
func (l *loader) plainText(a *hcl.Attribute) string {
	v, _, ok := l.written(a, nil)
	if !ok {
		return ""
	}
	if v.Type() != cty.String {
		l.mistake(a.Expr.Range(), "Expected a string", `Write %s = "...".`, a.Name)
		return ""
	}
	return raw(v.AsString())
}

func (l *loader) passwordFile(a *hcl.Attribute) string {
	path := l.plainText(a)
	if path == "" {
		return ""
	}
	if l.options.Sealed {
		l.mistake(a.Expr.Range(), "A file of this machine", "%s", sentence(errSealed))
		return ""
	}
	password, err := l.reads.password(path)
	if err != nil {
		l.mistake(a.Expr.Range(), "Cannot read the password", "%s", sentence(err))
	}
	return password
}
