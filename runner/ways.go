package runner

// ways are questions by how they look: those for a shell, for the network, and for the target's image.
type ways struct{ shell, network, image []*question }

func byWay(asked []*question) ways {
	var w ways
	for _, q := range asked {
		switch {
		case q.probe.Dial != nil:
			w.network = append(w.network, q)
		case q.probe.Metadata != nil:
			w.image = append(w.image, q)
		default:
			w.shell = append(w.shell, q)
		}
	}
	return w
}
