# SPDX-License-Identifier: MIT
# Makes streetcap.conf(5) of the shipped config/streetcap.conf, which a unit test holds against the table of settings.
# A key is preceded by "# HELP" and "# Allowed: RANGE. Default: TEXT. Applies: WHEN."

# A new sentence is a new line.
function mdoc(text) {
        gsub(/\\/, "\\e", text)
        gsub(/\. /, ".\n", text)
        return text
}

BEGIN {
        print ".\\\" Made from config/streetcap.conf"
        print ".Dd November 24, 2026"
        print ".Dt STREETCAP.CONF 5"
        print ".Os Streetcap"
        print ".Sh NAME"
        print ".Nm streetcap.conf"
        print ".Nd settings of the street camera"
        print ".Sh DESCRIPTION"
        print "The one settings file of"
        print ".Xr streetcapd 8"
        print "and"
        print ".Xr streetcap 1 ."
        print "Sections stand in brackets; below them, a line is"
        print ".Ql key = value ."
        print "A number may have a unit (5 m, 500 cm, 0.005 km); without one it is in the first unit that its key names."
        print "A line that starts with # is a comment, and so is what follows a blank and a semicolon."
        print "A key that is absent has its default."
        print ".Pp"
        print "All problems of a file are reported at once, as"
        print ".Ql FILE:LINE: key: what is wrong, what is allowed ;"
        print "a file with a problem changes nothing."
        print "Check one with"
        print ".Ql streetcapd -c FILE --check-config ."
        print "After a change, reload the service: keys that apply at once do so without losing a picture, and"
        print "the others are named in the log as waiting for a restart."
        print ".Sh SETTINGS"
}

/^\[/ {
        name = substr($0, 2, length($0) - 2)
        if (name ~ /^camera /) {
                name = "camera NAME"
                about = "One such section a camera, at most 4; NAME is of a-z 0-9 - _ and becomes the name of a folder."
        } else {
                about = ""
        }
        if (open)
                print ".El"
        print ".Ss [" name "]"
        if (about != "")
                print about
        print ".Bl -tag -width 4n"
        open = 1
        next
}

/^# Allowed: / { allowed = substr($0, 3); next }
/^# / { help = substr($0, 3); next }

/^[a-z0-9_]+ =/ {
        print ".It Cm " $1
        print mdoc(help)
        print ".br"
        print mdoc(allowed)
}

END {
        if (open)
                print ".El"
        print ".Sh FILES"
        print ".Bl -tag -width 4n -compact"
        print ".It Pa /etc/streetcap/streetcap.conf"
        print "where the daemon and the command look for it"
        print ".It Pa /usr/share/streetcap/streetcap.conf"
        print "the file as shipped, with every key at its default"
        print ".El"
        print ".Sh SEE ALSO"
        print ".Xr streetcap 1 ,"
        print ".Xr streetcapd 8"
}
