"""What the tickets are about: parts, activities and problems of the eight topics."""

from grammar import phrases

TOPICS = ("printer", "laptop", "phone", "network", "account", "billing", "delivery", "software")
DEVICES = ("printer", "laptop", "phone", "network")
SYMPTOMS = (
    "noise",
    "crash",
    "overheating",
    "slow",
    "no-power",
    "error-code",
    "connection-lost",
    "broken-part",
)

# Physical parts, singular, so that "the {part} rattles" reads well. Software has panes and dialogs instead.
PARTS = {
    "printer": phrases("""
        toner cartridge; paper tray; fuser; drum; ink cartridge; feed roller; scanner lid; output tray
        duplex unit; print head; document feeder; pickup roller; transfer belt; waste ink pad
        rear cover; ink tank; duplexer; scanner glass; platen; carriage; drum unit; fuser unit
        sheet feeder; cyan cartridge; magenta tank; nozzle plate; black toner; separation pad; ADF
        corona wire; stapler unit; paper guide; exit roller; bypass tray; cassette; encoder strip
        carriage belt; maintenance box; ink pump; capping station; photo tray; toner hopper; flatbed
        laser unit; developer unit; envelope slot; manual feed; wiper blade; imaging drum; purge unit
        paper sensor; tractor feed; label roll; ribbon cassette; pinch roller; finisher; collator
        hole punch unit"""),
    "laptop": phrases("""
        keyboard; touchpad; hinge; screen; lid; fan; battery; charger; webcam; space bar; trackpad; SSD
        hard drive; power brick; left hinge; display panel; mainboard; heatsink; palm rest; bezel
        backlight; USB-C port; GPU; barrel jack; headphone jack; backspace key; docking connector
        bottom cover; graphics chip; trackpoint; speaker grille; RAM slot; motherboard; screen hinge
        optical drive; DVD drive; HDMI port; card reader; fingerprint pad; processor; caps lock key
        enter key; keycap; heat pipe; exhaust vent; left fan; CMOS cell; lid magnet; stylus garage
        display cable; touch panel; function row; numpad; power button; rubber foot; battery pack
        NVMe drive; chassis; kickstand; privacy shutter; Thunderbolt port; AC adapter"""),
    "phone": phrases("""
        screen; battery; camera; SIM tray; charging port; earpiece; speaker; volume rocker; back glass
        touchscreen; home button; front camera; fingerprint sensor; selfie camera; microphone
        vibration motor; lens cover; SIM slot; side button; mute switch; telephoto lens; loudspeaker
        screen protector; back cover; wireless charger; nano-SIM; proximity sensor; flash; camera bump
        notch; ultra-wide lens; cradle; digitiser; OLED panel; pogo pin; handset; Lightning port
        memory card slot; ear speaker; haptic motor; charging coil; NFC antenna; rear camera; power key
        stylus pen; fold hinge; inner display; cover display; lock button; torch; bottom mic; glass back
        charging pad; ringer; midframe; camera ring; dialler button; SIM eject hole; gorilla glass"""),
    "network": phrases("""
        router; modem; antenna; access point; WAN port; repeater; switch; ethernet cable; mesh node
        network card; hub; LAN port; PoE injector; wall socket; patch cable; DSL splitter
        satellite node; range extender; gateway; uplink; fibre box; 5 GHz radio; SFP module
        powerline adapter; WPS button; reset button; coax connector; ONT; bridge; patch panel; NAS
        mesh hub; base station; firewall box; WiFi dongle; RJ45 plug; media converter; phone filter
        second node; link light; WLAN stick; aerial; external antenna; rack switch; uplink port
        crossover cable; DECT base; outdoor unit; 2.4 GHz radio; rack shelf; mounting bracket; LED ring
        backup dongle; LTE stick; fibre lead; optical socket; keystone jack; PoE switch; surge filter
        fifth port"""),
    "software": phrases("""
        app; export dialog; plugin; editor; installer; calendar view; search box; sync client
        import wizard; dashboard; print preview; settings page; template gallery; spell checker; toolbar
        timeline; backup module; add-on; macro; PDF exporter; preview pane; media library; colour picker
        undo history; ribbon; login splash; report builder; database module; tray icon; formula bar
        brush engine; chart wizard; scheduler; layer panel; script console; password vault
        virus scanner; quarantine list; render queue; file explorer; code editor; font manager; updater
        mail filter; contact list; tax form; ledger view; invoice template; mail merge; dark theme
        cloud folder; subtitle editor; equaliser; playlist view; bookmark bar; note widget; kanban board
        setup wizard; patcher"""),
}

# What one does with it, as a gerund phrase.
ACTS = {
    "printer": phrases("""
        printing; scanning; copying; printing envelopes; scanning to email; printing double-sided
        printing photos; printing labels; copying receipts; collating; duplexing; faxing; printing PDFs
        printing in colour; stapling; loading thick paper; printing from the tablet; scanning a contract
        printing borderless; printing barcodes; aligning the heads; printing shipping labels
        printing A3; descaling a scan; printing cardstock; batch scanning; photocopying a passport
        printing a poster; feeding glossy paper; printing invitations; cleaning the nozzles"""),
    "laptop": phrases("""
        typing; booting; charging; closing the lid; gaming; waking from sleep; compiling; editing video
        docking it; plugging in a monitor; hibernating; watching films; unplugging the charger
        logging into Windows; resuming; running two monitors; rendering; rebooting; using it on my knees
        tilting the screen; running on battery; opening twenty tabs; streaming lectures; shutting down
        flipping it to tablet mode; running a virtual machine; playing in full screen; defragmenting
        presenting on the beamer; scrolling with two fingers; undocking"""),
    "phone": phrases("""
        calling; texting; taking photos; charging overnight; unlocking it; making calls; recording video
        roaming; swiping; dialling; using WhatsApp; taking selfies; listening to voicemail
        answering a call; paying contactless; scanning QR codes; using the hotspot; zooming
        filming my kids; swapping the SIM; fast charging; hanging up; browsing on mobile data
        switching to the eSIM; navigating in the car; ringing my mum; face unlocking; taking night shots
        sending pictures; sharing my location; typing a text message; muting a call"""),
    "network": phrases("""
        streaming; video calls; downloading; joining the WiFi; uploading; gaming online
        connecting a second device; roaming between floors; pinging the gateway; opening the admin page
        using the VPN; casting to the TV; backing up to the NAS; port forwarding; pairing a mesh node
        bridging; changing the channel; tethering; setting a static IP; working from home
        hopping to the 5 GHz band; surfing; renewing the DHCP lease; sharing files over the LAN
        connecting upstairs; whitelisting a MAC address; running a speed test; torrenting
        switching the SSID; dialling into the office; opening the guest network"""),
    "software": phrases("""
        saving; exporting; importing a spreadsheet; opening a project; syncing; searching; updating
        installing; pasting a table; rendering a clip; merging two documents; opening an attachment
        filtering a list; tagging; undoing a step; printing to PDF; signing a form; adding a layer
        sorting by date; scheduling a backup; restoring a backup; dragging a file; closing a tab
        generating a report; loading a template; recording a macro; encrypting a folder
        exporting subtitles; scanning for viruses; converting a file; resizing an image"""),
}

# What people call the thing when they do not name it.
THINGS = {
    "printer": phrases("""
        printer; machine; all-in-one; multifunction; laser; inkjet; device; printer-scanner; copier; MFP
        unit; label printer; photo printer; laser printer; plotter; office printer; colour laser; thing"""),
    "laptop": phrases("""
        laptop; notebook; machine; computer; ultrabook; device; PC; convertible; Chromebook; thing
        gaming laptop; work laptop; unit; netbook; workstation; 2-in-1"""),
    "phone": phrases("""
        phone; mobile; smartphone; handset; device; cell; mobile phone; cellphone; thing; foldable; unit
        blower; smart phone; flip phone"""),
    "network": phrases("""
        router; internet; WiFi; box; modem; device; network; wifi; mesh; wireless; unit; thing; repeater
        broadband; connection; mesh kit; hotspot"""),
    "software": phrases("""
        app; program; software; application; package; suite; tool; client; desktop app; thing
        browser version; trial version; pro version; utility; web app; beta"""),
}

# Consumables, accessories and questions for tickets without a fault.
SETUP = {
    "printer": phrases("""
        Which {part} fits the {product}
        How do I change the {part} on the {product}
        Is there a way to set it up for {act} without the USB cable
        Does the {product} take third-party refills or only the original {part}
        Where do I find the driver for {act} on the {product}
        Can the {part} be ordered separately
        How many pages does a {part} usually last
        I would like to use it for {act} but cannot find the setting
        What paper weight does the {part} take"""),
    "laptop": phrases("""
        Can I swap the {part} of the {product} myself
        How do I calibrate the {part}
        Does the {product} have room for a second {part}
        Is it safe for the {part} if I keep {act}
        Which {part} fits the {product}
        Where is the BIOS option for the {part}
        I would like to know how to turn the {part} off while {act}
        Can it drive a 4K display while {act}
        What wattage does the {part} need"""),
    "phone": phrases("""
        Does the {product} support eSIM
        How do I move my contacts and texts to the {product}
        Which case fits the {product} with its {part}
        How can I clean the {part}
        Is the {part} covered when I drop it
        Where is the setting for {act}
        Can the {part} be replaced in a shop
        I would like to know whether {act} works abroad
        How do I bring my old number to the {product}"""),
    "network": phrases("""
        How do I set up the {part} of the {product} as a bridge
        Where do I change the WiFi password on the {product}
        Which {part} works with the {product}
        Does the {part} support VLANs
        Can I mount the {part} on the ceiling
        How many devices can the {part} handle
        I would like to set a schedule for {act}
        What channel do you recommend for {act}
        Is a {part} enough for three floors"""),
    "software": phrases("""
        How do I switch {act} off in {product}
        Where did the {part} go in the new version of {product}
        Does {product} run on Linux
        Can I put the {part} on a second monitor
        Is there a shortcut for {act}
        I would like to know how {act} works in {product}
        Which formats does the {part} read
        How do I move the {part} to the left
        Can two people use {product} on one seat for {act}"""),
}

# What else one tells of the thing: no label hangs on it, but the words of a topic keep each other's company.
USAGE = {
    "device": phrases("""
        we use it for {act} and {act}
        it is mostly there for {act}, [sometimes|now and then|rarely] for {act}
        the {part} and the {part} are [original|the old ones|new|two years old]
        [I|we] [bought|got|chose] this {thing} for {act}
        {act} is [all|most of what] [I|we|my parents] do with the {thing}
        the {part} was [replaced|cleaned|swapped] [last year|in spring|in March|once], the {part} never
        [I|we] looked at the {part}, the {part} and the {part}
        a {thing} for {act} is what [I|we] [need|wanted|ordered]
        [before|after] {act} I always check the {part}
        [my colleague|my daughter|a friend|our intern] does {act} with it[, I do| and I do] {act}
        this {thing} sees {act} all day
        there is a sticker between the {part} and the {part}"""),
    "service": phrases("""
        [I have|I kept|here I have] the {owncue} and the {owncue} [in front of me|at hand|on my desk]
        the {owncue}[ and the {owncue}|] came with the same mail
        [my colleague|my wife|our office] deals with the {owncue}, I with the {owncue}
        I read everything about the {owncue} and the {owncue}
        [first|before that] I [looked at|checked] the {owncue}, then the {owncue}
        under {owncue} your page says nothing of the {owncue}
        the {owncue} is [new to me|nothing new to me], so is the {owncue}
        please look at the {owncue} and the {owncue} too
        a word about the {owncue}: it belongs to the {owncue}
        where the {owncue} is, the {owncue} is not far
        in your mail of {date} I read of the {owncue} and of the {owncue}"""),
}
