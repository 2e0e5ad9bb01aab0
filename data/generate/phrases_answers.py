"""The helpdesk's answers: what solves which problem."""

from grammar import phrases

# For faults: the symptom decides the remedy, {apart} and {athing} place it at the device.
FAULT_ANSWERS = {
    "noise": phrases("""
        the sound goes away once you [oil|grease|clean|tighten] the {apart}
        a [rattling|noisy|humming|grinding] {apart} is a loose screw, tighten it and it will be quiet
        please put felt under the {apart}, that silences the {athing}
        such a noise means worn bearings in the {apart}, we send a quiet one
        remove the dust from the {apart} and the whine will stop"""),
    "crash": phrases("""
        please install the latest firmware, the freezes and reboots of the {athing} stop with it
        the crashes come from a faulty driver, reinstall it and the {athing} stays up
        reset the {athing} to factory settings, it will no longer hang or restart
        a memory fault in the {apart} makes it crash, we exchange it
        start it in safe mode and remove what you added last, then it won't lock up"""),
    "overheating": phrases("""
        please keep the {apart} away from sun and cushions so that it stays cool
        clear the air vents, the heat of the {apart} must get out
        the {apart} gets hot because of old thermal paste, we renew it so it runs cool
        let the {athing} cool down for an hour and lower the power limit
        stop using it, a burning smell from the {apart} calls for an exchange"""),
    "slow": phrases("""
        close what runs in the background and the {athing} gets faster
        clear the cache and the queue, that brings back its speed
        more memory will cure the lag of the {athing}
        switch off the energy saver, it slows the {athing} down
        an index rebuild helps when everything takes ages, it is fast again afterwards"""),
    "no-power": phrases("""
        please hold the power button for thirty seconds with the plug out, then it turns on
        try another socket and fuse, the {athing} gets no electricity
        the power supply is dead, we send you a new one and it will start
        unplug the {apart} and switch it on without it, then it powers up
        charge it for two hours with the original adapter, then it will boot"""),
    "error-code": phrases("""
        that code means the {apart} is not seated, reseat it and confirm the message
        the error number stands for an outdated version, update and it is cleared
        clear the fault memory by holding OK and back, the code disappears
        the code table on page 40 tells you that the {apart} needs a reset
        please send us a photo of the error message, meanwhile delete the log and the code goes"""),
    "connection-lost": phrases("""
        please forget the network and pair the {athing} anew, the connection will hold
        move the {athing} closer and choose another channel, the signal becomes stable
        switch off the power saving of the wireless adapter, then it stays online
        the signal drops because of an old certificate, renew it and reconnect
        give the {athing} a fixed address so that it stays on the network"""),
    "broken-part": phrases("""
        a cracked or broken {apart} is covered, we send you a new part
        please order the spare {apart}, it clips in without tools
        send the {athing} in, we replace the damaged {apart}
        do not glue the {apart}, our workshop exchanges the broken piece
        a photo of the break is enough, the replacement {apart} leaves today"""),
    "setup": phrases("""
        you find the option under settings, chapter three of the manual shows it for the {apart}
        the {apart} is compatible, our how-to guide explains the setup step by step
        yes, that is supported, here is the guide for the {apart}
        the specification sheet lists what fits, the {apart} is among it
        our tutorial video shows how to configure the {athing}"""),
}

REQUEST_ANSWERS = {
    "login": phrases("""
        {we_have} unlocked your access and [sent|mailed] a fresh link to [choose|set] a password
        please use the new reset link, it is valid for [a day|two hours|a week], then [sign|log] in
        your [sign-in|login] is no longer [blocked|locked], [set|choose|take] another password please"""),
    "two-factor": phrases("""
        {we_have} switched the second step off, register a new authenticator after [signing in|your login]
        the [text|message] with the code is delayed by your provider, use a [backup|recovery] code meanwhile
        please set the clock of your authenticator, then the [six-digit|security] codes are [accepted|valid]"""),
    "details": phrases("""
        {we_have} [corrected|changed|updated] the entry in your [profile|personal details]
        you can [edit|change] your personal details under profile, {we_have} unlocked the field
        the change of your [name or address|contact details|personal details] is done, please check it"""),
    "closing": phrases("""
        your [profile|account] will be deleted within [thirty days|a month|two weeks], all data included
        {we_have} closed it and [erased|deleted|removed] your data as you wished
        please confirm the deletion by [the link|mail], after that nothing is [stored|kept]"""),
    "stranger": phrases("""
        {we_have} ended all foreign sessions, please choose a new password and check your devices
        the unknown [access|device|person] is blocked, our security team [reports to you|looks into it]
        {we_have} [reversed|undone] what the stranger changed, secure it with a second factor"""),
    "mails": phrases("""
        {we_have} taken you off the mailing list, the last newsletter may still be on its way
        {we_have} changed your [subscription|settings] to our newsletter as you wished
        [advertising|the newsletter] is switched off for your address [now|from today|for good]"""),
    "double-charge": phrases("""
        one of the two [bookings|charges|entries] is only a reservation and lapses in [three days|a week]
        the second charge was our [mistake|error], it goes back [today|tomorrow|at once]
        {we_have} cancelled the duplicate [payment|charge|booking]"""),
    "wrong-amount": phrases("""
        {we_have} removed the [fee|surcharge] and send you a corrected bill with the right sum
        the difference is credited, the price of the [offer|quote|advert] applies [of course|]
        the extra item came from an option in the basket, {we_have} taken it off"""),
    "missing-invoice": phrases("""
        the [invoice|receipt] with all details is attached as a [PDF|file]
        you can download every [receipt|invoice] under my orders, {we_have} added your tax number
        {we_have} issued the [document|invoice] anew with your company name"""),
    "refund": phrases("""
        {we_have} sent your money back, it takes [three|five|two] working days
        the return is booked, the refund goes to [the means you paid with|your bank|where it came from]
        {we_have} transferred the outstanding [reimbursement|refund|sum]"""),
    "discount": phrases("""
        the [voucher|code|coupon] works again, {we_have} deducted it afterwards
        {we_have} applied the discount code to your purchase and credit the [difference|rest]
        the [coupon|voucher] had a minimum order value, here is a new [code|one]"""),
    "payment": phrases("""
        please choose another means of payment, your bank [declined|refused] the [card|debit]
        {we_have} moved the direct debit to [the end|the start|the middle] of the month
        the instalment plan is set up, the [card|account] was stored wrongly"""),
    "late": phrases("""
        it leaves the depot [today|tonight|tomorrow] and arrives within [two|three] days
        the delay comes from [the sorting centre|customs|the strike], the new delivery date is {day}
        {we_have} upgraded the shipping to express so that it arrives [sooner|faster|by {day}]"""),
    "lost": phrases("""
        {we_have} opened a search with the carrier and send a second [parcel|box] at once
        as it cannot be found {we_have} shipped it again [free of charge|at our cost]
        the driver left it with a [shop|neighbour|kiosk] next door, the proof of delivery is attached"""),
    "wrong-item": phrases("""
        {we_have} mixed up two orders, the right item is on its way, [keep the other|the other is yours]
        please return what came by mistake with this label, the correct one [follows|leaves today]
        the proper colour and model goes out [today|on {day}], sorry for the mix-up"""),
    "address": phrases("""
        {we_have} changed the destination, the parcel goes to the [new|other|right] address
        the carrier has the corrected house number and drops it at the [parcel shop|place] you chose
        {we_have} redirected the shipment as you [asked|wished|wrote]"""),
    "damaged": phrases("""
        [refuse|don't accept] a crushed package or send us photos, the insurance pays
        {we_have} claimed the transport damage from the carrier and replace the contents
        please keep the damaged box for [inspection|the insurer|the carrier], a new one is packed better"""),
    "incomplete": phrases("""
        {we_have} posted the missing [accessory|piece|part of the set]
        the rest of your order travels in a second box [and comes on {day}|]
        we forgot a piece when packing, it follows by [letter post|courier|mail]"""),
    "licence": phrases("""
        here is a new licence key, {we_have} released the old activation
        {we_have} reset the number of activations, enter your serial again
        your subscription is renewed, the [product|licence] key is valid [now|again|for a year]"""),
    "update": phrases("""
        please download the full installer instead of the [patch|update]
        the update needs [two|four|three] gigabytes free, then run it as administrator
        you can go back to the previous version from our [archive|download page|site]"""),
}

ANSWER_SLOTS = {
    "we_have": phrases("""
        we have; we have now; I have just; our team has; I have; a colleague has; we have already"""),
    "day": phrases("Monday; Tuesday; Wednesday; Thursday; Friday; Saturday"),
}

ANSWER_FRAMES = phrases("""
    {core}
    thanks for your message, {core}
    {core}. {wish}
    we looked into it: {core}
    good news, {core}
    [hello|dear customer|hi|good day], {core}
    [I am|we are] sorry to hear that, {core}
    [hello|dear customer|hi|good day], {core}. {wish}
    thank you for getting in touch. {core}
    [regarding your question|as to your request|about your ticket]: {core}
    {core}. {wish}""")
ANSWER_SLOTS["wish"] = phrases("""
    Let us know if that helps; Best regards from the helpdesk; Write again if it does not
    Sorry for the trouble; Best wishes, {person}; Is there anything else we can do
    Kind regards, {person}; Have a nice day; We hope that settles it; Yours, {person} of support""")
