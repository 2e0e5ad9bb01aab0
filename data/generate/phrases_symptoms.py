"""Faults: each symptom's ways of being told, shared by the device topics and by software."""

from grammar import phrases

# {part}, {act}, {thing}, {product} come from the ticket's topic. A production is a whole clause.
SYMPTOM_CLAUSES = {
    "noise": phrases("""
        the {part} {noise_does}
        there is {noise_sound} coming from the {part}
        it {noise_does} when {act}
        I hear {noise_sound} near the {part} [every time I am|when I am|whenever I am|while] {act}
        {noise_sound} comes out of the {part}
        the {part} {noise_does} as soon as I start {act}
        the {thing} {noise_does} like {noise_like}
        it sounds like {noise_like} around the {part}
        the {part} goes {noise_onoma} the whole time
        something in the {part} {noise_does}
        after a minute of {act} the {part} {noise_does}"""),
    "crash": phrases("""
        it {crash_does} when {act}
        the {thing} {crash_does} in the middle of {act}
        {act} makes it {crash_inf}
        the {part} {crash_does} and takes everything down with it
        as soon as I touch the {part} the whole thing {crash_does}
        it {crash_does} {how_often}
        the {product} {crash_does} [before I finish|halfway through|right after|during] {act}
        I get {crash_noun} {how_often}
        {crash_noun} [ended|interrupted|killed] my {act} {how_often}
        I can count on {crash_noun} whenever the {part} is in use"""),
    "overheating": phrases("""
        the {part} {hot_does}
        it {hot_does} after ten minutes of {act}
        {act} turns the {part} into {hot_like}
        the {part} is {hot_adj}
        the area around the {part} is {hot_adj} after {act}
        you could fry an egg on the {part}
        I smell {hot_smell} from the {part}
        it is {hot_adj} even when idle
        the {thing} {hot_does} as soon as I start {act}
        {hot_smell} comes from the {part} when {act}"""),
    "slow": phrases("""
        {act} takes {slow_long}
        it {slow_does} when {act}
        the {part} {slow_does}
        the {thing} is {slow_adj} since the update
        {act} is {slow_adj}
        the {part} is {slow_adj} these days
        I wait {slow_long} before the {part} reacts
        the {product} {slow_does} the moment I start {act}
        what used to take seconds, {act} for instance, now takes {slow_long}
        it needs {slow_long} just for {act}"""),
    "no-power": phrases("""
        the {thing} {dead_does}
        it {dead_does} at all [any more|since this morning|after {act}|]
        the {product} {dead_does}, [the {part} stays dark|not even the {part} lights up|the {part} is dead too]
        the {thing} is {dead_adj}
        pressing the button does nothing, the {part} is {dead_adj}
        no [light|sign of life|LED|flicker|blink|glow] on the {part}, the {thing} is {dead_adj}
        I plugged it in overnight and it still {dead_does}
        it went {dead_adj} during {act}
        the {part} gets no juice and the {thing} {dead_does}
        after {act} it {dead_does}"""),
    "error-code": phrases("""
        it shows {code} when {act}
        I get {code} every time I try {act}
        the display says {code}
        {act} stops with {code}
        {code} {code_appears} [next to|under|beside|over] the {part}
        the {part} reports {code}
        all I see is {code}
        {code} {code_appears} whenever the {part} is involved
        the screen flashes {code} during {act}
        a message with {code} {code_appears} and {act} stops"""),
    "connection-lost": phrases("""
        it {conn_does} when {act}
        the {thing} {conn_does} {how_often}
        the {part} {conn_does}
        {act} stops because it {conn_does}
        the {part} {conn_does} after a few minutes of {act}
        the link to the {part} {conn_gone}
        I lose the {signal} {how_often}
        the {signal} {conn_gone} while {act}
        no {signal} on the {product} [in any room|upstairs|since yesterday|since the storm|whatever I try]
        the {signal} {conn_gone} as soon as I walk away from the {part}"""),
    "broken-part": phrases("""
        the {part} {broke_does}
        the {part} is {broke_adj}
        there is {broke_noun} in the {part}
        {broke_noun} runs across the {part}
        a piece of the {part} {broke_does} while {act}
        I noticed {broke_noun} on the {part} after {act}
        the {part} came out of the box {broke_adj}
        the {part} {broke_does} when I was {act}
        the plastic around the {part} is {broke_adj}
        {broke_noun} appeared near the {part}"""),
}

SYMPTOM_SLOTS = {
    "noise_does": phrases("""
        rattles; squeaks; grinds; buzzes; clicks; hums; whines; squeals; clatters; screeches; rumbles
        crackles; hisses; beeps nonstop; chirps; groans; whistles; ticks; knocks; scrapes; drones; howls
        makes a racket; pops; roars; warbles; thuds; clunks; shrieks; chatters; sputters; purrs oddly
        jangles; creaks; gurgles; wheezes; clanks"""),
    "noise_sound": phrases("""
        a loud noise; a grinding sound; a high-pitched whine; a constant hum; an awful screech
        a rattling noise; a clicking sound; a shrill beep; a low rumble; a crackle; a buzzing sound
        a steady ticking; a squeal; an ear-splitting shriek; a faint hiss; a metallic scraping; a racket
        a dull thud; a clattering; a growl; a strange whirring; a tinny rattle; a piercing tone
        a droning; static; a knocking; a jarring squeak"""),
    "noise_like": phrases("""
        a lawnmower; a jet engine; a coffee grinder; gravel in a tin; a dentist's drill; an angry wasp
        a hairdryer; a tractor; a swarm of bees; an old kettle; a helicopter; a bag of marbles
        chalk on slate; a vacuum cleaner"""),
    "noise_onoma": phrases("""
        click-click-click; brrr; tick tick tick; clack clack; bzzz; rat-tat-tat; whirr; krrk; eeeek
        tock tock; grrr"""),
    "crash_does": phrases("""
        crashes; freezes; hangs; reboots by itself; locks up; shuts itself down; restarts; quits
        dies on me; bombs out; conks out; goes to a blue screen; seizes up; closes without warning
        stops responding; falls over; keels over; packs up; bails out; resets itself; goes unresponsive
        becomes a slideshow and quits; aborts; panics; glitches out; turns itself off; terminates
        drops to a black screen; stalls for good; goes belly up"""),
    "crash_inf": phrases("""
        crash; freeze; hang; reboot; lock up; shut down; restart; quit; die; bomb out; conk out
        seize up; fall over; keel over; abort; bail out; stop responding; reset; panic; blue-screen
        terminate"""),
    "crash_noun": phrases("""
        a crash; a blue screen; a freeze; a sudden reboot; a hard lock-up; a boot loop; a black screen
        a hang; a forced restart; a frozen screen; a kernel panic; a spontaneous shutdown; a meltdown
        an endless restart"""),
    "how_often": phrases("""
        every hour; twice a day; every ten minutes; at random; each morning; several times a day
        every time; all day long; every other day; once an hour; without warning; whenever it likes
        five times since breakfast; out of the blue; a dozen times a week; on the dot every evening
        for no reason; day in day out; at night"""),
    "hot_does": phrases("""
        overheats; gets hot; gets scorching; heats up like crazy; burns my fingers
        gets warm and then roasting; runs hot; cooks itself; warms up badly; boils
        reaches eighty degrees; becomes untouchable; glows almost; turns into a furnace
        throttles from the heat; gets toasty; bakes; simmers; sizzles; steams; smoulders"""),
    "hot_like": phrases("""
        a radiator; a hotplate; an oven; a toaster; a stove; a heater; a frying pan; a sauna; an iron; lava
        a furnace; a grill; a barbecue; molten metal"""),
    "hot_adj": phrases("""
        hot; burning hot; scorching; too hot to touch; boiling; red-hot; roasting; blistering
        really warm; searing; piping hot; baking; sweltering; scalding; feverish; fiery
        uncomfortably warm; over temperature"""),
    "hot_smell": phrases("""
        melting plastic; something burning; something scorched; smoke; hot dust; singed rubber; burnt wiring
        something charred; fumes; something acrid"""),
    "slow_does": phrases("""
        crawls; lags; drags; takes ages; slows to a crawl; stutters; dawdles; loads forever; limps along
        plods; grinds along at snail's pace; trickles; judders; hesitates; labours; takes an eternity
        buffers; chugs; responds with a delay; falls behind; creeps"""),
    "slow_adj": phrases("""
        slow; sluggish; painfully slow; laggy; unresponsive for seconds; slower than before; dead slow
        snail-like; glacial; jerky; choppy; slow as treacle; lethargic; slow as molasses; leaden; tardy
        ponderous; draggy"""),
    "slow_long": phrases("""
        ages; forever; five minutes; half an hour; an eternity; ten minutes; twice as long
        a quarter of an hour; a whole minute; the better part of an hour; three coffees; several minutes
        an age; yonks; aeons; donkey's years"""),
    "dead_does": phrases("""
        won't turn on; doesn't start; refuses to power up; doesn't switch on; won't boot
        doesn't come on; shows no sign of life; stays dead; won't wake up; remains dark
        can't be switched on; doesn't light up; won't fire up; refuses to start; won't spring to life
        doesn't even blink; won't power on; stays black"""),
    "dead_adj": phrases("""
        dead; completely dead; dead as a doornail; without power; lifeless; stone dead; dark; bricked
        kaput; inert; powerless; comatose; out cold; defunct; dead in the water; unpowered; extinct"""),
    "code": phrases("""
        error {code_number}; code {code_number}; the message {code_number}; error code {code_number}
        fault {code_number}; {code_number}; status {code_number}; exception {code_number}
        an error ({code_number}); warning {code_number}; the cryptic {code_number}
        some {code_number} error; fault code {code_number}"""),
    "code_number": [
        f"{letters}{sep}{number}"
        for letters, sep, numbers in (
            ("E", "-", (52, 17, 4, 203, 31, 88)),
            ("0x", "", (80070057, 8024, 1603, 745)),
            ("C", "", (1190, 2557, 6000)),
            ("ERR", "_", (12, 40, 503, 119)),
            ("F", "", (16, 7, 91)),
            ("", "", (404, 691, 1068, 5200, 720, 49)),
            ("SYS", "-", (3, 22, 61)),
            ("B", "", (200, 205)),
            ("U", "-", (52, 140)),
        )
        for number in numbers
    ],
    "code_appears": phrases("""
        appears; pops up; shows up; comes up; blinks; flashes; is displayed; lights up; turns up
        keeps coming back; scrolls by"""),
    "conn_does": phrases("""
        disconnects; drops out; loses the connection; goes offline; drops the signal
        can't find the network; keeps dropping; disappears from the network; won't connect; won't pair
        cuts out; loses sync; unpairs itself; falls off the network; won't join; times out
        isn't found any more; won't link up; loses contact; goes AWOL"""),
    "conn_gone": phrases("""
        drops; is gone; cuts out; breaks off; vanishes; fades; goes missing; collapses; dies away
        is lost; goes down; comes and goes; evaporates; flickers; blacks out; disappears"""),
    "signal": phrases("""
        connection; signal; WiFi; Bluetooth; link; network; pairing; internet; coverage; reception
        wireless link; sync; data link"""),
    "broke_does": phrases("""
        broke; cracked; snapped; came off; fell out; split; broke in two; came loose; shattered; bent
        tore; chipped; popped out; splintered; crumbled; gave way; detached itself; buckled; fractured
        fell apart; sheared off; warped"""),
    "broke_adj": phrases("""
        broken; cracked; loose; bent; snapped off; damaged; chipped; shattered; dented; split; scratched
        hanging off; warped; torn; wobbly; crooked; smashed; in pieces; fractured; mangled; busted
        buckled; splintered; frayed"""),
    "broke_noun": phrases("""
        a crack; a dent; a big scratch; a split; a chip; a fracture; a hairline crack; a tear; a gash
        a deep scratch; a hole; a fissure; a loose piece; a broken clip; a snapped tab; a missing screw
        a bulge"""),
}
