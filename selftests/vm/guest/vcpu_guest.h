/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the virtual CPUs of vcpu_handoff run: real mode, 16-bit code, 64 KiB of memory a machine.
 *
 *	0x0000	interrupt vectors
 *	0x1000	this code
 *	0x2000	struct shared
 *	0x3000	stacks, 256 bytes a virtual CPU
 *
 * Registers that every entry finds, and keeps:
 *
 *	%esi	own number, which is the APIC id as well
 *	%edi	number of virtual CPUs
 *	%bp	how to wait: one of the wait_* routines; %ebx is whom for
 *
 * All begin with a rendezvous: a virtual CPU can be yielded to when it has been preempted inside of
 * its machine, and not before. The last to come leaves by GUEST_START_PORT and goes on when it is
 * run again. All end with an OUT as well: HLT stays in the kernel with its interrupt controller.
 */
#ifndef VCPU_GUEST_H
#define VCPU_GUEST_H

#include <stddef.h>
#include <stdint.h>

#define GUEST_SIZE 0x10000
#define GUEST_CODE 0x1000
#define GUEST_DATA 0x2000
#define GUEST_STACK 0x3000
#define GUEST_STACK_SIZE 0x100
#define GUEST_VECTOR 0x40
/* The APIC's interrupt command: to all but oneself. */
#define TO_ALL_OTHERS (3 << 18)
#define GUEST_EXIT_PORT 0x10
#define GUEST_START_PORT 0x11
#define MAX_VCPUS 16
#define TICKETS 64

/* Of @ran: who ran last on the CPU that all share. Numbers below MAX_VCPUS are virtual CPUs. */
#define RAN_HOG 0xff

/**
 * struct counts - of one virtual CPU; each is written by that one only
 * @rounds: hand-offs, critical sections, or interrupts answered
 * @waits: calls of the wait routine
 * @after_other: it ran right after another virtual CPU had waited
 * @after_hog: a busy loop ran between another one's wait and it
 * @after_self: it went on itself after a wait
 */
struct counts {
	uint32_t rounds, waits, after_other, after_hog, after_self, reserved[3];
};

/**
 * struct shared - at GUEST_DATA; also written by the host
 * @flag: hand-off: whose turn it is
 * @ran: who ran last, see RAN_HOG
 * @stop: 1 = leave
 * @wrong: interrupts: name somebody else than the one that is waited for
 * @next: lock: the next ticket
 * @owner: lock: the ticket that holds it
 * @arrived: how many have come to the rendezvous
 * @go: all have
 * @work: loops inside of a turn or a critical section
 * @idle: loops outside
 * @left: rounds until @stop is set
 * @command: interrupts: the lower half of the APIC's interrupt command
 * @holder: lock: who has drawn ticket number i modulo TICKETS
 * @of: the counters
 */
struct shared {
	uint16_t flag, ran, stop, wrong, next, owner, arrived, go;
	uint32_t work, idle, left, command;
	uint8_t holder[TICKETS];
	struct counts of[MAX_VCPUS];
};

/* The offsets that the code below uses. */
#define FLAG 0
#define RAN 2
#define STOP 4
#define WRONG 6
#define NEXT 8
#define OWNER 10
#define ARRIVED 12
#define GO 14
#define WORK 16
#define IDLE 20
#define LEFT 24
#define COMMAND 28
#define HOLDER 32
#define COUNTS 96
#define ROUNDS 0
#define WAITS 4
#define AFTER_OTHER 8
#define AFTER_HOG 12
#define AFTER_SELF 16

#define AT(field, offset) _Static_assert(offsetof(struct shared, field) == (offset), #field)
AT(flag, FLAG);
AT(ran, RAN);
AT(stop, STOP);
AT(wrong, WRONG);
AT(next, NEXT);
AT(owner, OWNER);
AT(arrived, ARRIVED);
AT(go, GO);
AT(work, WORK);
AT(idle, IDLE);
AT(left, LEFT);
AT(command, COMMAND);
AT(holder, HOLDER);
AT(of, COUNTS);
AT(of[0].waits, COUNTS + WAITS);
AT(of[0].after_other, COUNTS + AFTER_OTHER);
AT(of[0].after_hog, COUNTS + AFTER_HOG);
AT(of[0].after_self, COUNTS + AFTER_SELF);
_Static_assert(sizeof(struct counts) == 32, "the code below shifts by 5");

extern const char guest_begin[], guest_end[];
extern const char guest_hand_off[], guest_lock[], guest_ipi[], guest_interrupt[];
extern const char guest_vmmcall[], guest_vmcall[], guest_pause[], guest_spin[];

#define STR_(x) #x
#define STR(x) STR_(x)
/* A counter of this virtual CPU; %edx is its number times 32. */
#define MINE(field) STR(COUNTS) "+" STR(field) "(%edx)"

asm(".pushsection .rodata\n"
    ".code16\n"
    "guest_begin:\n"

    /* --- waiting: for %ebx, all other registers kept --- */

    /* KVM_HC_SCHED_YIELD with the APIC id in %ebx, on AMD */
    "guest_vmmcall:\n"
    "	movl	$11, %eax\n"
    "	vmmcall\n"
    "	ret\n"
    /* the same on Intel */
    "guest_vmcall:\n"
    "	movl	$11, %eax\n"
    "	vmcall\n"
    "	ret\n"
    /* leaves to the kernel only where the hardware counts pauses */
    "guest_pause:\n"
    "	pause\n"
    "guest_spin:\n"
    "	ret\n"

    /* Wait once, and find out who ran in between: it is in RAN what the last one left there. */
    ".Lwait:\n"
    "	movl	%esi, %edx\n"
    "	shll	$5, %edx\n"
    "	incl	" MINE(WAITS) "\n"
    "	movw	%si, " STR(RAN) "\n"
    "	call	*%bp\n"
    "	movw	" STR(RAN) ", %ax\n"
    "	cmpw	%si, %ax\n"
    "	je	1f\n"
    "	cmpw	$" STR(RAN_HOG) ", %ax\n"
    "	je	2f\n"
    "	incl	" MINE(AFTER_OTHER) "\n"
    "	ret\n"
    "1:	incl	" MINE(AFTER_SELF) "\n"
    "	ret\n"
    "2:	incl	" MINE(AFTER_HOG) "\n"
    "	ret\n"

    /* %ecx times around */
    ".Lwork:\n"
    "	jecxz	2f\n"
    "1:	decl	%ecx\n"
    "	jnz	1b\n"
    "2:	ret\n"

    /* A round is complete; with the last one all leave. */
    ".Lround:\n"
    "	movl	%esi, %edx\n"
    "	shll	$5, %edx\n"
    "	incl	" MINE(ROUNDS) "\n"
    "	decl	" STR(LEFT) "\n"
    "	jnz	1f\n"
    "	movw	$1, " STR(STOP) "\n"
    "1:	ret\n"

    ".Lbegin:\n"
    "	movw	$1, %ax\n"
    "	lock xaddw %ax, " STR(ARRIVED) "\n"
    "	incw	%ax\n"
    "	cmpw	%di, %ax\n"
    "	jne	1f\n"
    "	outb	%al, $" STR(GUEST_START_PORT) "\n"
    "	movw	$1, " STR(GO) "\n"
    "1:	pause\n"
    "	cmpw	$0, " STR(GO) "\n"
    "	je	1b\n"
    "	ret\n"

    ".Lleave:\n"
    "	outb	%al, $" STR(GUEST_EXIT_PORT) "\n"
    "	jmp	.Lleave\n"

    /* --- whoever has the flag works and hands it to the next --- */

    "guest_hand_off:\n"
    "	call	.Lbegin\n"
    ".Lhand_off:\n"
    "	cmpw	$0, " STR(STOP) "\n"
    "	jne	.Lleave\n"
    "	movzwl	" STR(FLAG) ", %ebx\n"
    "	cmpw	%si, %bx\n"
    "	je	1f\n"
    "	call	.Lwait\n"
    "	jmp	.Lhand_off\n"
    "1:	movl	" STR(WORK) ", %ecx\n"
    "	call	.Lwork\n"
    "	call	.Lround\n"
    "	leaw	1(%si), %ax\n"
    "	cmpw	%di, %ax\n"
    "	jb	2f\n"
    "	xorw	%ax, %ax\n"
    "2:	movw	%ax, " STR(FLAG) "\n"
    "	jmp	.Lhand_off\n"

    /* --- a ticket lock: draw, wait for the turn, work, pass on --- */

    "guest_lock:\n"
    "	call	.Lbegin\n"
    ".Llock:\n"
    "	movw	$1, %ax\n"
    "	lock xaddw %ax, " STR(NEXT) "\n"
    "	movw	%ax, %cx\n"
    "	movw	%ax, %bx\n"
    "	andw	$" STR(TICKETS) "-1, %bx\n"
    "	movw	%si, %ax\n"
    "	movb	%al, " STR(HOLDER) "(%bx)\n"
    "1:	cmpw	$0, " STR(STOP) "\n"
    "	jne	.Lleave\n"
    "	movw	" STR(OWNER) ", %bx\n"
    "	cmpw	%cx, %bx\n"
    "	je	2f\n"
    "	andw	$" STR(TICKETS) "-1, %bx\n"
    "	movzbl	" STR(HOLDER) "(%bx), %ebx\n"
    "	call	.Lwait\n"
    "	jmp	1b\n"
    "2:	movl	" STR(WORK) ", %ecx\n"
    "	call	.Lwork\n"
    "	call	.Lround\n"
    "	incw	" STR(OWNER) "\n"
    "	movl	" STR(IDLE) ", %ecx\n"
    "	call	.Lwork\n"
    "	jmp	.Llock\n"

    /* --- number 0 interrupts the others in turn, and waits for the answer --- */

    "guest_ipi:\n"
    /* Spurious vector 0xff, APIC on (x2APIC register 0x80f). */
    "	movl	$0x80f, %ecx\n"
    "	xorl	%edx, %edx\n"
    "	movl	$0x1ff, %eax\n"
    "	wrmsr\n"
    "	call	.Lbegin\n"
    "	testw	%si, %si\n"
    "	jz	2f\n"
    /* A receiver works with interrupts on, and can be seen to have run. */
    "	sti\n"
    "1:	movw	%si, " STR(RAN) "\n"
    "	cmpw	$0, " STR(STOP) "\n"
    "	je	1b\n"
    "	cli\n"
    "	jmp	.Lleave\n"
    "2:	movl	$1, %ebx\n"
    "3:	pushl	%ebx\n"
    "	movl	%ebx, %edx\n"
    "	shll	$5, %edx\n"
    "	pushl	" MINE(ROUNDS) "\n"
    /* Destination in %edx, if it is not in the command. */
    "	movl	$0x830, %ecx\n"
    "	movl	%ebx, %edx\n"
    "	movl	" STR(COMMAND) ", %eax\n"
    "	wrmsr\n"
    "	cmpw	$0, " STR(WRONG) "\n"
    "	je	4f\n"
    "	call	.Lnext_receiver\n"
    "4:	popl	%eax\n"
    "	popl	%ecx\n"
    "	pushl	%ecx\n"
    "	pushl	%eax\n"
    "	movl	%ecx, %edx\n"
    "	shll	$5, %edx\n"
    "	cmpl	%eax, " MINE(ROUNDS) "\n"
    "	jne	5f\n"
    "	cmpw	$0, " STR(STOP) "\n"
    "	jne	.Lleave\n"
    "	call	.Lwait\n"
    "	jmp	4b\n"
    "5:	popl	%eax\n"
    "	popl	%ebx\n"
    "	call	.Lround\n"
    "	cmpw	$0, " STR(STOP) "\n"
    "	jne	.Lleave\n"
    "	call	.Lnext_receiver\n"
    "	movl	" STR(IDLE) ", %ecx\n"
    "	call	.Lwork\n"
    "	jmp	3b\n"

    /* %ebx: the one after it of 1 to %edi - 1 */
    ".Lnext_receiver:\n"
    "	incl	%ebx\n"
    "	cmpl	%edi, %ebx\n"
    "	jb	1f\n"
    "	movl	$1, %ebx\n"
    "1:	ret\n"

    /* A receiver's answer. The sender has been the last to run if nobody was in between. */
    "guest_interrupt:\n"
    "	pushl	%eax\n"
    "	pushl	%ecx\n"
    "	pushl	%edx\n"
    "	movl	%esi, %edx\n"
    "	shll	$5, %edx\n"
    "	movw	" STR(RAN) ", %ax\n"
    "	testw	%ax, %ax\n"
    "	jnz	1f\n"
    "	incl	" MINE(AFTER_OTHER) "\n"
    "	jmp	2f\n"
    "1:	incl	" MINE(AFTER_HOG) "\n"
    "2:	movw	%si, " STR(RAN) "\n"
    "	movl	" STR(WORK) ", %ecx\n"
    "	call	.Lwork\n"
    "	incl	" MINE(ROUNDS) "\n"
    /* End of interrupt */
    "	movl	$0x80b, %ecx\n"
    "	xorl	%eax, %eax\n"
    "	xorl	%edx, %edx\n"
    "	wrmsr\n"
    "	popl	%edx\n"
    "	popl	%ecx\n"
    "	popl	%eax\n"
    "	iret\n"
    "guest_end:\n"
    ".code64\n"
    ".popsection\n");

#endif /* VCPU_GUEST_H */
